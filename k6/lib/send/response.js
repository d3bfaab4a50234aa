// What a response means: whether its status counts as an error, its JSON body, and the result of a step. Pure.

import { exactValue, jsonIn } from '../common/json.js';

/** @typedef {import('../types.js').Response} Response */

export const REDIRECT_STATUSES = [301, 302, 303, 307, 308];

/**
 * Whether a status is not an error, by the same rule as the responseCallback that k6 gets. With an expected status,
 * every other status is an error, except a redirect on the way to it.
 * @param {number | undefined} expected
 * @param {number} status
 */
export function isExpected(expected, status) {
  if (expected === undefined) {
    return status >= 200 && status < 400;
  }
  return status === expected || (isRedirect(status) && !isRedirect(expected));
}

/** @param {number} status */
export function isRedirect(status) {
  return REDIRECT_STATUSES.includes(status);
}

/**
 * Whether the last response of a chain is a redirect although none is expected.
 * @param {number | undefined} expected
 * @param {number} status
 */
export function isUnfollowed(expected, status) {
  return isRedirect(status) && !(expected !== undefined && isRedirect(expected));
}

/**
 * Whether a response without an expected status is the last one of its chain of redirects, and no error.
 * @param {number} status
 */
export function isFinalSuccess(status) {
  return status >= 200 && (status < 300 || (status < 400 && !isRedirect(status)));
}

/**
 * Returns the parsed body; undefined if it is not JSON.
 * @param {Response} response
 */
export function jsonOf(response) {
  return jsonIn(response.body);
}

/**
 * Returns the value that a setup step provides; undefined if the response does not contain it.
 * @param {import('../types.js').StepResult} result
 * @param {Response} response
 */
export function resultOf(result, response) {
  return exactValue(response.body, jsonOf(response), result.path);
}
