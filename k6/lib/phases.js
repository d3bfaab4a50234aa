// Before and after the load: set-up steps in order, whose results every iteration begins with, and the clearing up.

import { jsonOf } from './checks.js';
import { MASK, isSecretName, maskBody } from './masking.js';
import { readPath } from './paths.js';
import { isGiven } from './reading.js';
import { newScope } from './scope.js';
import { asText, firstMissing, lookUp } from './template.js';
import { drive } from './waiting.js';

const MOST_SHOWN = 200;

// The results of all set-up steps as [key, value] pairs. A failing step ends the run with its words, but not before what
// the steps before it made is cleared up: k6 itself calls no teardown then.
export function setUp(steps, teardownSteps, prepare) {
  return drive(settingUp(steps, teardownSteps, prepare));
}

function* settingUp(steps, teardownSteps, prepare) {
  const scope = newScope([]);
  for (const step of steps) {
    const response = yield prepare(step)(scope);
    const wrong = response === null ? null : whatIsWrong(step, response);
    if (wrong !== null) {
      // what needs a value that no step gave has nothing to remove
      const possible = teardownSteps.filter(({ needs }) => firstMissing(needs, scope.data) === undefined);
      yield tearDown(possible, [...scope.data], prepare);
      throw new Error(`setup: ${step.name}: ${wrong}`);
    }
    if (response !== null && step.result !== null) {
      scope.data.set(step.result.key, resultOf(step, response));
    }
  }
  return [...scope.data];
}

// All steps are tried, whatever becomes of the others. What could not be cleared up is listed in the log.
export function tearDown(steps, data, prepare) {
  return drive(clearingUp(steps, data, prepare));
}

function* clearingUp(steps, data, prepare) {
  for (const step of steps) {
    const scope = newScope(data);
    const response = yield prepare(step)(scope);
    const wrong = response === null ? 'was not sent' : whatIsWrong(step, response);
    if (wrong !== null) {
      console.error(`teardown: ${step.name}: ${wrong}${leftBehind(step, scope.data)}`);
    }
  }
}

function whatIsWrong(step, response) {
  if (response.status === 0) {
    return `no answer: ${response.error}`;
  }
  if (!isExpected(step.expectedStatus, response.status)) {
    return `answered ${response.status}${excerpt(response)}`;
  }
  const json = jsonOf(response);
  const failed = step.checks.find(({ passes }) => !passes(response, json));
  if (failed !== undefined) {
    return `a check failed: ${failed.label}${excerpt(response)}`;
  }
  const lacks = step.result && !isGiven(resultOf(step, response));
  return lacks ? `the answer has no ${step.result.text || 'JSON'}${excerpt(response)}` : null;
}

function isExpected(wanted, status) {
  return wanted === undefined ? status >= 200 && status < 400 : status === wanted;
}

function resultOf(step, response) {
  const json = jsonOf(response);
  return json === undefined ? undefined : readPath(json, step.result.path);
}

// Values in headers are left out: they may be secrets, and they are not what has to be removed.
function leftBehind(step, data) {
  const there = step.identifying.filter((need) => isGiven(lookUp(data, need)));
  const shown = there.map((need) => `${need.text} = ${isSecretName(need.key) ? MASK : cut(asText(lookUp(data, need)))}`);
  return shown.length === 0 ? '' : `; left behind: ${[...new Set(shown)].join(', ')}`;
}

function excerpt(response) {
  return response.body ? `: ${cut(maskBody(response.body, [], 2 * MOST_SHOWN))}` : '';
}

function cut(text) {
  const points = [...text.slice(0, 2 * MOST_SHOWN)];
  return points.length > MOST_SHOWN ? `${points.slice(0, MOST_SHOWN).join('')}…` : text;
}
