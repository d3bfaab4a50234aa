// k6's options for the load profile that LOAD_PROFILE names. profiles.json defines the profiles.

import { readConfig } from '../lib/common/shared.js';
import { buildScenarios, chooseProfile } from '../lib/load/profile.js';

/** @param {import('../lib/types.js').Env} env */
export function profileName(env) {
  return env.LOAD_PROFILE || 'smoke';
}

/** @param {import('../lib/types.js').Env} env */
export function buildOptions(env) {
  const profile = chooseProfile(readConfig('profiles.json'), profileName(env));
  return {
    scenarios: buildScenarios(profile, env),
    discardResponseBodies: true, // requests whose checks read the body override this
  };
}

/** Returns the options that limit where k6 connects to. The script follows redirects itself: see lib/send/redirects.js. */
export function networkLimits() {
  const { names, networks } = readConfig('refused-addresses.json');
  return { maxRedirects: 0, blacklistIPs: Object.values(networks).flat(), blockHostnames: names };
}
