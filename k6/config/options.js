// The load profile factory: LOAD_PROFILE and its variables to k6's options. The profiles are in profiles.json.

import { buildScenarios, chooseProfile } from '../lib/profile.js';
import { filePath } from '../lib/url.js';

const profiles = JSON.parse(open(filePath(import.meta.resolve('./profiles.json'))));

export function buildOptions(env) {
  const profile = chooseProfile(profiles, env.LOAD_PROFILE || 'smoke');
  return {
    scenarios: buildScenarios(profile, env),
    discardResponseBodies: true, // requests whose checks read the body ask for it
  };
}
