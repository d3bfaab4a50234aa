// Validation of SLOs. The dashboard evaluates them; k6 only checks their form.

import { allowedValues, limits, readConfig } from '../common/shared.js';
import { assertValid, isSet, readDuration, readNumber, readObject, rejectUnknownFields } from '../common/validate.js';

const METRICS = [...allowedValues.slos.lower_is_better, ...allowedValues.slos.higher_is_better];
const SHARES = allowedValues.slos.shares;
const PROFILES = Object.keys(readConfig('profiles.json'));
const MAX_VALUE = limits.document.max_slo_value;
const MIN_WINDOW_MS = limits.document.min_abort_window_ms;
const MAX_WINDOW_MS = limits.document.max_abort_window_ms;
const ABORT_MODES = allowedValues.abort_modes;
const MAX_REQUESTS = limits.document.max_abort_requests;

/**
 * Checks all SLOs of the document except those of single endpoints.
 * @param {any} document
 * @param {string[]} groups
 */
export function checkDocumentSlos(document, groups) {
  checkSlos(document.slos, 'slos');
  for (const [group, slos] of entriesOf(document.slo_groups, 'slo_groups')) {
    assertValid(groups.includes(group), `slo_groups.${group}`, 'no endpoint belongs to this group');
    checkSlos(slos, `slo_groups.${group}`, true);
  }
  for (const [profile, slos] of entriesOf(document.slo_profiles, 'slo_profiles')) {
    const field = `slo_profiles.${profile}`;
    assertValid(PROFILES.includes(profile), field, `unknown load profile. Allowed: ${PROFILES.join(', ')}.`);
    checkSlos(slos, field, true);
  }
  checkOptions(document.slo_options);
}

/**
 * @param {any} slos
 * @param {string} field
 */
export function checkSlos(slos, field, isRequired = false) {
  if (isRequired || isSet(slos)) {
    rejectUnknownFields(readObject(slos, field), METRICS, `${field}.`);
    for (const [metric, limit] of Object.entries(slos)) {
      readNumber(limit ?? 0, `${field}.${metric}`, SHARES.includes(metric) ? 1 : MAX_VALUE);
    }
  }
}

function entriesOf(object, field) {
  return isSet(object) ? Object.entries(readObject(object, field)) : [];
}

function checkOptions(options) {
  if (!isSet(options)) {
    return;
  }
  rejectUnknownFields(readObject(options, 'slo_options'), ['skip', 'abort'], 'slo_options.');
  assertValid(!isSet(options.skip) || options.skip === 'ramp', 'slo_options.skip', 'must be "ramp"');
  if (isSet(options.abort)) {
    checkAbort(readObject(options.abort, 'slo_options.abort'), 'slo_options.abort');
  }
}

function checkAbort(abort, field) {
  rejectUnknownFields(abort, ['window', 'mode', 'warm_up', 'min_requests'], `${field}.`);
  const windowMs = readDuration(abort.window, `${field}.window`);
  assertValid(windowMs >= MIN_WINDOW_MS && windowMs <= MAX_WINDOW_MS, `${field}.window`, 'must be from 2s to 1h');
  const isMode = !isSet(abort.mode) || ABORT_MODES.includes(abort.mode);
  assertValid(isMode, `${field}.mode`, `must be one of ${ABORT_MODES.join(', ')}`);
  if (isSet(abort.warm_up)) {
    readDuration(abort.warm_up, `${field}.warm_up`);
  }
  if (isSet(abort.min_requests)) {
    const requests = readNumber(abort.min_requests, `${field}.min_requests`, MAX_REQUESTS);
    const isValid = Number.isInteger(requests) && requests >= 1;
    assertValid(isValid, `${field}.min_requests`, `must be a whole number from 1 to ${MAX_REQUESTS}`);
  }
}
