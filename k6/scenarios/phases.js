// The setup and the teardown: the steps before and after the load. Every iteration starts with the results of the setup.

import { isSet } from '../lib/common/validate.js';
import { asText, firstMissingNeed, lookUp } from '../lib/document/fill.js';
import { cutText, MASK, maskAll, maskBody } from '../lib/report/masking.js';
import { isSecretName } from '../lib/common/secret-names.js';
import { runCoroutine } from '../lib/send/coroutine.js';
import { countThrown } from '../lib/send/faults.js';
import { isExpected, isUnfollowed, jsonOf, resultOf } from '../lib/send/response.js';
import { newScope } from '../lib/send/scope.js';

/** @typedef {import('../lib/types.js').Data} Data */
/** @typedef {import('../lib/types.js').Endpoint} Endpoint */
/** @typedef {import('../lib/types.js').Prepare} Prepare */

const MAX_VALUE_CHARACTERS = 200;

/**
 * Returns the results of all setup steps as [key, value] pairs. A failing step ends the run with an error. Before
 * that, the teardown removes what earlier steps created, because k6 does not call teardown() after a failed setup().
 * @param {Endpoint[]} steps
 * @param {Endpoint[]} teardownSteps
 * @param {Prepare} prepare
 * @returns {Data | Promise<Data>}
 */
export function runSetup(steps, teardownSteps, prepare) {
  return runCoroutine(sendSetup(steps, teardownSteps, prepare));
}

function* sendSetup(steps, teardownSteps, prepare) {
  const scope = newScope([]);
  for (const step of steps) {
    const { response, exception } = yield* sendStep(step, scope, prepare);
    const failure = exception ?? (response === null ? null : failureOf(step, response));
    if (failure !== null) {
      // A teardown step without its values has nothing to remove.
      const possible = teardownSteps.filter(({ needs }) => firstMissingNeed(needs, scope.data) === undefined);
      yield runTeardown(possible, [...scope.data], prepare);
      throw new Error(`setup: ${step.name}: ${failure}`);
    }
    if (response !== null && step.result !== null) {
      scope.data.set(step.result.key, resultOf(step.result, response));
    }
  }
  return [...scope.data];
}

/**
 * Sends every step even if others fail, and logs the failures with the values that identify what was not removed.
 * @param {Endpoint[]} steps
 * @param {Data} data
 * @param {Prepare} prepare
 */
export function runTeardown(steps, data, prepare) {
  return runCoroutine(sendTeardown(steps, data, prepare));
}

function* sendTeardown(steps, data, prepare) {
  for (const step of steps) {
    const scope = newScope(data);
    const { response, exception } = yield* sendStep(step, scope, prepare);
    const failure = exception ?? (response === null ? 'was not sent' : failureOf(step, response));
    if (failure !== null) {
      console.error(`teardown: ${step.name}: ${failure}${describeLeftovers(step, scope.data)}`);
    }
  }
}

function* sendStep(step, scope, prepare) {
  try {
    return { response: yield prepare(step)(scope), exception: null };
  } catch (error) {
    return { response: null, exception: `ended with an exception: ${countThrown(step, error)}` };
  }
}

// Returns null if the step succeeded.
function failureOf(step, response) {
  if (response.status === 0) {
    return `no response: ${maskAll(response.error, [])}`;
  }
  if (!isExpected(step.expectedStatus, response.status) || isUnfollowed(step.expectedStatus, response.status)) {
    return `responded with ${response.status}${excerpt(response)}`;
  }
  const json = jsonOf(response);
  const failed = step.checks.find(({ passes }) => !passes(response, json));
  if (failed !== undefined) {
    return `check failed: ${failed.label}${excerpt(response)}`;
  }
  const lacksResult = step.result !== null && !isSet(resultOf(step.result, response));
  if (!lacksResult) {
    return null;
  }
  const problem = json === undefined ? 'is not JSON' : `has no ${step.result.text || 'value'}`;
  return `the response ${problem}${excerpt(response)}`;
}

// Leaves out values in headers: they may be secrets, and they do not identify what has to be removed.
function describeLeftovers(step, data) {
  const available = step.identifyingNeeds.filter((need) => isSet(lookUp(data, need)));
  const values = available.map((need) => `${need.text} = ${reportedValue(need.key, lookUp(data, need))}`);
  return values.length === 0 ? '' : `; left behind: ${[...new Set(values)].join(', ')}`;
}

function reportedValue(key, value) {
  return isSecretName(key) ? MASK : shorten(maskAll(asText(value), []));
}

function excerpt(response) {
  return response.body ? `: ${shorten(maskBody(response.body, [], 2 * MAX_VALUE_CHARACTERS))}` : '';
}

function shorten(text) {
  const shortened = cutText(text, MAX_VALUE_CHARACTERS);
  return shortened.length < text.length ? `${shortened}…` : text;
}
