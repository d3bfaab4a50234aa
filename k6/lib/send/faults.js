// Counts steps that were not sent, that ended with an exception, or whose last response is a redirect.
//
// A fault is a sample of 1 in the Trend op_faults, tagged with its kind and reason. The count of its histogram survives
// a lost push; a k6 Counter would not. Kinds:
// - skipped: a value or a column that the request needs is missing
// - unreached: an earlier step of the iteration failed
// - redirect: the limit was reached, or there was no location to follow
// - thrown: k6 could not build the request or represent its response, or the script threw an exception

import exec from 'k6/execution';
import { Trend } from 'k6/metrics';

import { isSet } from '../common/validate.js';

/** @typedef {import('../types.js').Endpoint} Endpoint */
/** @typedef {'skipped' | 'unreached' | 'thrown' | 'redirect'} FaultKind */

const { add: addFault } = new Trend('op_faults');
const MAX_WARNING_USERS = 3; // one line for each of a thousand users would add nothing
const MAX_REASONS = 20; // per virtual user: each reason of an operation becomes a series
const MAX_REASON_CHARACTERS = 200;
const OTHER_REASONS = 'other reasons';
const reasons = new Set();
const logged = new Set();

/**
 * Returns the tags of an operation's samples. Steps of the setup and teardown carry their phase.
 * @param {Endpoint} endpoint
 * @returns {Record<string, string>}
 */
export function tagsOf({ name, group, phase }) {
  return phase === '' ? { op: name, group } : { op: name, group, phase };
}

/**
 * @param {Endpoint} endpoint
 * @param {FaultKind} kind
 * @param {string} reason
 */
export function countFault(endpoint, kind, reason) {
  if (reasons.size < MAX_REASONS) {
    reasons.add(reason);
  }
  addFault(1, { ...tagsOf(endpoint), kind, reason: reasons.has(reason) ? reason : OTHER_REASONS });
}

/**
 * Counts a request that ended with an exception. The first exception of each kind is also logged with its full text.
 * @param {Endpoint} endpoint
 * @param {unknown} error
 * @returns {string} the reason
 */
export function countThrown(endpoint, error) {
  const text = textOf(error);
  const reason = reasonOf(text);
  countFault(endpoint, 'thrown', reason);
  logOnce(endpoint, reason, console.error, `${endpoint.name}: the request ended with an exception: ${text}`);
  return reason;
}

/**
 * Counts a request that is not sent because a value is missing. A value that an earlier response did not contain was
 * already counted as a failure of that step.
 * @param {Endpoint} endpoint
 * @param {import('../types.js').Need} missing
 * @param {Map<string, any>} data
 */
export function countSkipped(endpoint, { text, key }, data) {
  const isConsequence = key !== undefined && data.has(key) && !isSet(data.get(key));
  countFault(endpoint, isConsequence ? 'unreached' : 'skipped', `no value for ${text}`);
  const message = `${endpoint.name}: not sent, because "${text}" has no value; op_faults counts these requests`;
  logOnce(endpoint, text, console.warn, message);
}

/**
 * Logs a fault once per operation and reason, for the first users only.
 * @param {Endpoint} endpoint
 * @param {string} reason
 * @param {(text: string) => void} write
 * @param {string} text
 */
export function logOnce(endpoint, reason, write, text) {
  const key = `${endpoint.phase} ${endpoint.name} ${reason}`;
  if (logged.size < MAX_REASONS && !logged.has(key)) {
    logged.add(key);
    if (endpoint.phase !== '' || exec.vu.idInInstance <= MAX_WARNING_USERS) {
      write(text);
    }
  }
}

/** @param {unknown} error */
export function textOf(error) {
  return String(error).replace(/^(?:Go)?Error: /, '');
}

// With the values in its text, every exception would have a different reason.
function reasonOf(text) {
  return text
    .replace(/"[^"]*"/g, '"…"')
    .replace(/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, '…')
    .replace(/\d{4,}/g, '…')
    .slice(0, MAX_REASON_CHARACTERS);
}
