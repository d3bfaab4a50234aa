// Metrics per operation in addition to k6's own.
//
// op_checks is a Trend with 1 for a passed check and 0 for a failed one. Its histogram contains two cumulative counts, all
// checks and the zeros, so a lost push does not lose data. k6's own `checks` metric is a rate without counts. A sample is
// the most expensive part of a request's script, so checks that all passed share one sample, whose tag contains their
// labels. An extracted value is a check too: it passes if the response contains the value.
//
// http_req_duration counts two kinds of failed responses as successful: those with an error only in their body, and
// redirects that were not followed. op_rejected is a Trend of the durations of these responses.

import { check } from 'k6';
import { Trend } from 'k6/metrics';

import { isSet } from '../common/validate.js';
import { CHECK_SEPARATOR } from '../document/checks.js';
import { tagsOf } from './faults.js';
import { isExpected, isFinalSuccess, isUnfollowed, jsonOf } from './response.js';

/** @typedef {import('../types.js').Endpoint} Endpoint */
/** @typedef {import('../types.js').Response} Response */
/** @typedef {import('../types.js').Scope} Scope */

const { add: addCheck } = new Trend('op_checks');
const rejectedResponses = new Trend('op_rejected', true);
const { add: addResent } = new Trend('op_resent'); // requests after which the same step sent another one
const none = undefined; // a constant, because k6's engine looks `undefined` up by name for every request

/**
 * Counts a request after which the same step sends another one: the next hop of a redirect, or a repetition.
 * @param {Endpoint} endpoint
 * @param {'hop' | 'repetition'} kind
 */
export function countResent(endpoint, kind) {
  addResent(1, { ...tagsOf(endpoint), kind });
}

/**
 * Returns functions that record the responses of an endpoint. They are prepared once so that a request creates no
 * objects.
 *
 * - recordSuccess(response, scope) records a response if its status is expected, all checks pass, it contains all values
 *   to extract, and no redirect has to be followed. It returns false and records nothing otherwise.
 * - recordFailure(response, scope) records a response that recordSuccess rejected, unless the request is sent again.
 * - checkResults(response) evaluates the checks for a report.
 *
 * Both record functions also store the extracted values in the scope, for later steps. recordFailure also stores the key
 * of a missing value. k6's own check() costs more than the rest of a request's script, so it is called only for k6's own
 * summary (`useK6Checks`), without tags.
 * @param {Endpoint} endpoint
 * @param {boolean} useK6Checks
 */
export function recorder(endpoint, useK6Checks) {
  const { checks, extract, expectedStatus } = endpoint;
  const tags = tagsOf(endpoint);
  const labels = [...checks, ...extract].map(({ label }) => label);
  const allPassedTags = { ...tags, check: labels.join(CHECK_SEPARATOR) };
  const hasChecks = labels.length > 0;
  const tests = checks.filter(({ isStatus }) => !isStatus).map(({ passes }) => passes);
  const count = tests.length;
  const extractCount = extract.length;
  const hasStatusCheck = expectedStatus !== undefined;
  const needsJson = [...checks, ...extract].some(({ reads }) => reads === 'json');
  const recordSuccess = (/** @type {Response} */ response, /** @type {Scope} */ scope) => {
    const { status } = response; // read once, because each property of a response is converted from Go
    if (hasStatusCheck ? status !== expectedStatus : !isFinalSuccess(status)) {
      return false;
    }
    const json = needsJson ? jsonOf(response) : none;
    for (let index = 0; index < count; index += 1) {
      if (!tests[index](response, json)) {
        return false;
      }
    }
    if (extractCount > 0 && extractValues(response, scope, json) !== null) {
      return false;
    }
    if (useK6Checks) {
      addEachCheck(response, json);
    } else if (hasChecks) {
      addCheck(1, allPassedTags);
    }
    return true;
  };
  return { recordSuccess, recordFailure, checkResults };

  function recordFailure(response, scope) {
    const json = needsJson ? jsonOf(response) : undefined;
    addEachCheck(response, json);
    countRejected(response, json);
    scope.missingKey = extractValues(response, scope, json) ?? scope.missingKey;
  }

  function countRejected(response, json) {
    const reason = isUnfollowed(expectedStatus, response.status) ? 'redirect' : 'graphql';
    const isRejected =
      reason === 'redirect' || checks.some(({ isError, passes }) => isError && !passes(response, json));
    if (isRejected && isExpected(expectedStatus, response.status)) {
      rejectedResponses.add(response.timings.duration, { ...tags, reason });
    }
  }

  // Returns the key of the first value that the response does not contain; null if it contains all.
  function extractValues(response, scope, json) {
    let missingKey = null;
    for (let index = 0; index < extractCount; index += 1) {
      const { key, read } = extract[index];
      const value = read(response, json);
      scope.data.set(key, value);
      missingKey ??= isSet(value) ? null : key;
    }
    return missingKey;
  }

  function addEachCheck(response, json) {
    for (const { label, passes } of [...checks, ...extract]) {
      const passed = passes(response, json);
      if (useK6Checks) {
        check(null, /** @type {any} */ ({ [k6Name(label)]: passed }));
      }
      addCheck(passed ? 1 : 0, { ...tags, check: label });
    }
  }

  /** @returns {import('../types.js').CheckResult[]} */
  function checkResults(response) {
    const json = needsJson ? jsonOf(response) : undefined;
    return [...checks, ...extract].map(({ label, passes }) => ({ check: label, pass: passes(response, json) }));
  }
}

// k6 refuses "::" in the names of checks.
function k6Name(label) {
  return label.replaceAll('::', ': :');
}
