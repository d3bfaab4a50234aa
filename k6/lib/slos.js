// Limits are the dashboard's to judge; here they are only held to their form.

import { isGiven, readDuration, readNumber, readObject, refuseUnknown, refuseUnless } from './reading.js';

const FIELDS = ['p50_ms', 'p95_ms', 'p99_ms', 'avg_ms', 'error_rate', 'checks_rate', 'apdex_score', 'rps'];
const SHARES = ['error_rate', 'checks_rate', 'apdex_score'];
const PROFILES = ['smoke', 'ramp', 'soak', 'stress', 'spike', 'arrival', 'custom'];
const SHORTEST_WINDOW_MS = 2000;
const LONGEST_WINDOW_MS = 3_600_000;
const MOST_REQUESTS = 1_000_000;

export function checkLimits(document, groups) {
  checkSlos(document.slos, 'slos');
  for (const [group, slos] of entries(document.slo_groups, 'slo_groups')) {
    refuseUnless(groups.includes(group), `slo_groups.${group}`, 'no endpoint is of this group');
    checkSlos(slos, `slo_groups.${group}`, true);
  }
  for (const [profile, slos] of entries(document.slo_profiles, 'slo_profiles')) {
    refuseUnless(PROFILES.includes(profile), `slo_profiles.${profile}`, `must be a load profile: ${PROFILES.join(', ')}`);
    checkSlos(slos, `slo_profiles.${profile}`, true);
  }
  checkOptions(document.slo_options);
}

export function checkSlos(slos, place, needed = false) {
  if (needed || isGiven(slos)) {
    refuseUnknown(readObject(slos, place), FIELDS, `${place}.`);
    for (const [key, limit] of Object.entries(slos)) {
      readNumber(limit ?? 0, `${place}.${key}`, SHARES.includes(key) ? 1 : 1e12);
    }
  }
}

function entries(object, place) {
  return isGiven(object) ? Object.entries(readObject(object, place)) : [];
}

function checkOptions(options) {
  if (!isGiven(options)) {
    return;
  }
  refuseUnknown(readObject(options, 'slo_options'), ['skip', 'abort'], 'slo_options.');
  refuseUnless(!isGiven(options.skip) || options.skip === 'ramp', 'slo_options.skip', 'must be "ramp"');
  if (isGiven(options.abort)) {
    checkAbort(readObject(options.abort, 'slo_options.abort'));
  }
}

function checkAbort(abort) {
  const place = 'slo_options.abort';
  refuseUnknown(abort, ['window', 'warm_up', 'min_requests'], `${place}.`);
  const windowMs = readDuration(abort.window, `${place}.window`);
  refuseUnless(windowMs >= SHORTEST_WINDOW_MS && windowMs <= LONGEST_WINDOW_MS, `${place}.window`, 'must be from 2s to 1h');
  if (isGiven(abort.warm_up)) {
    readDuration(abort.warm_up, `${place}.warm_up`);
  }
  if (isGiven(abort.min_requests)) {
    const least = readNumber(abort.min_requests, `${place}.min_requests`, MOST_REQUESTS);
    refuseUnless(Number.isInteger(least) && least >= 1, `${place}.min_requests`, 'must be a whole number from 1');
  }
}
