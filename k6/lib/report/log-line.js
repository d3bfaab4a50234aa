// Reports single requests as lines of k6's log, which the dashboard reads. A line is Base64 because k6 redacts secrets
// in its log, which would break JSON, and because k6's JSON turns every < and > into six characters.

import encoding from 'k6/encoding';
import exec from 'k6/execution';

import { isExpected, isUnfollowed } from '../send/response.js';

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
    expected: isExpected(expectedStatus, response.status) && !isUnfollowed(expectedStatus, response.status),
    checks,
  };
}
