// The scope of an iteration: the values that templates are filled with.

import { ExactNumber } from '../common/json.js';
import { isSecretName } from '../common/secret-names.js';
import { asText } from '../document/fill.js';
import { resultOf } from './response.js';

/** @typedef {import('../types.js').Endpoint} Endpoint */
/** @typedef {import('../types.js').Response} Response */
/** @typedef {import('../types.js').Scope} Scope */

const { now } = Date; // constants, because k6's engine looks globals up by name for every request
const { random } = Math;
const { randomUUID } = crypto;

/**
 * Every iteration works on its own copy of the data, which is empty without a setup.
 * @param {Iterable<[string, any]>} [data]
 * @returns {Scope}
 */
export function newScope(data) {
  return { data: new Map(data), rows: new Map(), row: null, missingKey: null, now, random, uuid: randomUUID };
}

/**
 * Assigns the iteration's row of a data file. Requests of one iteration that use the same file share the row. Returns
 * false if no row is left.
 * @param {Scope} scope
 * @param {import('../types.js').NextRow} nextRow
 */
export function assignRow(scope, nextRow) {
  let row = scope.rows.get(nextRow);
  if (row === undefined) {
    row = nextRow();
    scope.rows.set(nextRow, row);
  }
  scope.row = row;
  return row !== null;
}

/**
 * Returns the secrets of an exchange: those of the run, and the values of data and rows that are marked or named as
 * secret.
 * @param {Endpoint} endpoint
 * @param {Response} response
 * @param {Scope} scope
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
  const isContainer = typeof value === 'object' && !(value instanceof ExactNumber);
  return isContainer ? Object.values(value).flatMap(textsIn) : [asText(value)];
}
