// Reports single requests as lines of k6's log, which the dashboard reads. A line is Base64 because k6 redacts secrets
// in its log, which would break JSON, and because k6's JSON turns every < and > into six characters.

import encoding from 'k6/encoding';
import exec from 'k6/execution';

import { asText } from '../document/fill.js';
import { isExpected, resultOf } from '../send/response.js';
import { isSecretName } from '../common/secret-names.js';

/** @typedef {import('../types.js').Endpoint} Endpoint */
/** @typedef {import('../types.js').Response} Response */

const MAX_PADDING = 8;

/**
 * Writes a line. The Base64 text could by chance contain a secret, which k6 would redact; spaces before the JSON change
 * the text.
 * @param {string} prefix
 * @param {string} json
 * @param {string[]} secretValues
 */
export function writeLine(prefix, json, secretValues) {
  let line = '';
  for (let padding = 0; padding < MAX_PADDING; padding += 1) {
    line = prefix + encoding.b64encode(' '.repeat(padding) + json);
    if (!secretValues.some((value) => line.includes(value))) {
      break;
    }
  }
  console.log(line);
}

/**
 * @param {Endpoint} endpoint
 * @param {Response} response
 * @param {import('../types.js').CheckResult[]} checks
 * @returns {import('../types.js').ExchangeFacts}
 */
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

/**
 * Returns the secrets of an exchange: those of the run, and the values of data and rows that are marked or named as
 * secret.
 * @param {Endpoint} endpoint
 * @param {Response} response
 * @param {import('../types.js').Scope} scope
 * @param {import('../types.js').Run} run
 * @returns {import('../types.js').Secrets}
 */
export function secretsOf(endpoint, response, scope, run) {
  const values = [...run.secrets.values];
  for (const [key, value] of scope.data) {
    if (run.secretKeys.has(key) || isSecretName(key)) {
      values.push(...textsIn(value));
    }
  }
  for (const { column, index } of endpoint.columns) {
    if (isSecretName(column)) {
      values.push(scope.row[index]);
    }
  }
  const { result } = endpoint;
  if (result && (result.isSecret || isSecretName(result.key))) {
    values.push(...textsIn(resultOf(result, response)));
  }
  return { values, headers: run.secrets.headers };
}

/** @returns {string[]} */
function textsIn(value) {
  if (value === undefined || value === null || typeof value === 'boolean') {
    return [];
  }
  return typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [asText(value)];
}
