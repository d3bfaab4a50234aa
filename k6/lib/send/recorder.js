// Metrics per operation in addition to k6's own.
//
// Checks are a Trend of 1 and 0 because its histogram contains both counts: all checks, and the failed ones as zeros.
// So a lost push does not lose data; k6's own `checks` metric is a rate without counts. A sample is the most expensive
// part of a request's script, so checks that all passed share one sample, whose tag contains their labels. Requests
// that were not sent are a counter with the reason as a tag. Responses that only their body shows to be errors are a Trend
// of the durations that http_req_duration counts as successful.

import { check } from 'k6';
import exec from 'k6/execution';
import { Counter, Trend } from 'k6/metrics';

import { CHECK_SEPARATOR } from '../document/checks.js';
import { isExpected, isFinalSuccess, jsonOf } from './response.js';

/** @typedef {import('../types.js').Endpoint} Endpoint */
/** @typedef {import('../types.js').Response} Response */
/** @typedef {import('../types.js').Scope} Scope */

const { add: addCheck } = new Trend('op_checks');
const rejectedResponses = new Trend('op_rejected', true);
const skippedRequests = new Counter('op_skipped');
const none = undefined; // a constant, because k6's engine looks `undefined` up by name for every request
const MAX_WARNING_USERS = 3; // one line for each of a thousand users would add nothing

/**
 * Returns the tags of an operation's samples. Steps of the setup and teardown carry their phase.
 * @param {Endpoint} endpoint
 * @returns {Record<string, string>}
 */
export function tagsOf({ name, group, phase }) {
  return phase === '' ? { op: name, group } : { op: name, group, phase };
}

/**
 * Returns functions that record the responses of an endpoint. They are prepared once so that a request creates no
 * objects.
 *
 * - recordSuccess(response, scope) records a response if its status is expected, all checks pass, and no
 *   redirect has to be followed. It returns false and records nothing otherwise.
 * - recordFailure(response, scope) records a response that recordSuccess rejected, unless the request is sent again.
 * - checkResults(response) evaluates the checks for a report.
 *
 * Both record functions also extract the values for later steps. k6's own check() costs more than the rest of a
 * request's script, so it is called only for k6's own summary (`useK6Checks`), without tags.
 * @param {Endpoint} endpoint
 * @param {boolean} useK6Checks
 * @param {boolean} followsRedirects
 */
export function recorder(endpoint, useK6Checks, followsRedirects) {
  const { checks, extract, expectedStatus } = endpoint;
  const tags = tagsOf(endpoint);
  const allPassedTags = { ...tags, check: checks.map(({ label }) => label).join(CHECK_SEPARATOR) };
  const tests = checks.map(({ passes }) => passes);
  const count = tests.length;
  const extractCount = extract.length;
  const hasStatusCheck = expectedStatus !== undefined;
  const isSuccess = followsRedirects ? isFinalSuccess : (/** @type {number} */ status) => isExpected(none, status);
  const needsJson = [...checks, ...extract].some(({ reads }) => reads === 'json');
  const recordSuccess = (/** @type {Response} */ response, /** @type {Scope} */ scope) => {
    const json = needsJson ? jsonOf(response) : none;
    let passed = 0;
    for (let index = 0; index < count; index += 1) {
      passed += tests[index](response, json) ? 1 : 0;
    }
    if (passed !== count || !(hasStatusCheck || isSuccess(response.status))) {
      return false;
    }
    if (useK6Checks) {
      addEachCheck(response, json);
    } else if (passed > 0) {
      addCheck(1, allPassedTags);
    }
    if (extractCount > 0) {
      extractValues(response, scope, json);
    }
    return true;
  };
  return { recordSuccess, recordFailure, checkResults };

  function recordFailure(response, scope) {
    const json = needsJson ? jsonOf(response) : undefined;
    addEachCheck(response, json);
    countRejected(response, json);
    extractValues(response, scope, json);
  }

  function countRejected(response, json) {
    const isRejected = checks.some(({ isError, passes }) => isError && !passes(response, json));
    if (isRejected && isExpected(expectedStatus, response.status)) {
      rejectedResponses.add(response.timings.duration, tags);
    }
  }

  function extractValues(response, scope, json) {
    for (let index = 0; index < extractCount; index += 1) {
      scope.data.set(extract[index].key, extract[index].read(response, json));
    }
  }

  function addEachCheck(response, json) {
    for (const { label, passes } of checks) {
      const passed = passes(response, json);
      if (useK6Checks) {
        check(null, /** @type {any} */ ({ [label]: passed }));
      }
      addCheck(passed ? 1 : 0, { ...tags, check: label });
    }
  }

  /** @returns {import('../types.js').CheckResult[]} */
  function checkResults(response) {
    const json = needsJson ? jsonOf(response) : undefined;
    return checks.map(({ label, passes }) => ({ check: label, pass: passes(response, json) }));
  }
}

/**
 * Returns skip(missing), which counts a request that was not sent because a value is missing. It logs each missing
 * value once per operation.
 * @param {Endpoint} endpoint
 */
export function skipRecorder(endpoint) {
  const tags = tagsOf(endpoint);
  const logged = new Set();
  return (missing) => {
    skippedRequests.add(1, { ...tags, reason: `no value for ${missing}` });
    if (!logged.has(missing)) {
      logged.add(missing);
      if (endpoint.phase !== '' || exec.vu.idInInstance <= MAX_WARNING_USERS) {
        console.warn(`${tags.op}: not sent, because "${missing}" has no value; op_skipped counts these requests`);
      }
    }
  };
}
