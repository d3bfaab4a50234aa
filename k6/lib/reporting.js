// Requests as lines of the log, for the dashboard that reads it. The text is Base64: k6 takes secrets out of its log,
// which would break JSON, and its own JSON makes six characters of each < and >.

import encoding from 'k6/encoding';
import exec from 'k6/execution';

import { jsonOf } from './checks.js';
import { isExpected } from './expectation.js';
import { isSecretName } from './masking.js';
import { readPath } from './paths.js';
import { asText } from './template.js';

const MOST_PADDING = 8;

// A secret that happens to stand in the Base64 text would be cut out of it; spaces in front of the JSON move the text.
export function report(mark, json, secretValues) {
  let line = '';
  for (let padding = 0; padding < MOST_PADDING; padding += 1) {
    line = mark + encoding.b64encode(' '.repeat(padding) + json);
    if (!secretValues.some((value) => line.includes(value))) {
      break;
    }
  }
  console.log(line);
}

export function factsOf(endpoint, response, checks) {
  const { name, group, phase, expectedStatus } = endpoint;
  return {
    op: name,
    group,
    phase,
    at_ms: Math.round(Date.now() - response.timings.duration),
    vu: phase === '' ? exec.vu.idInTest : null,
    iteration: phase === '' ? exec.vu.iterationInScenario : null,
    expected: isExpected(expectedStatus, response.status),
    checks,
  };
}

// What is secret in this exchange: values of the run, and of data and rows what is marked or named so.
export function secretsIn(endpoint, response, scope, run) {
  const values = [...run.secrets.values];
  for (const [key, value] of scope.data) {
    if (run.secretKeys.has(key) || isSecretName(key)) {
      values.push(...textsOf(value));
    }
  }
  for (const { column, index } of endpoint.columns) {
    if (isSecretName(column)) {
      values.push(scope.row[index]);
    }
  }
  const { result } = endpoint;
  if (result && (result.secret || isSecretName(result.key))) {
    values.push(...textsOf(resultOf(result, response)));
  }
  return { values, headers: run.secrets.headers };
}

// What a step before the load gives.
export function resultOf(result, response) {
  const json = jsonOf(response);
  return json === undefined ? undefined : readPath(json, result.path);
}

function textsOf(value) {
  if (value === undefined || value === null || typeof value === 'boolean') {
    return [];
  }
  return typeof value === 'object' ? Object.values(value).flatMap(textsOf) : [asText(value)];
}
