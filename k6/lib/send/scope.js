// The scope of an iteration: the values that templates are filled with.

/** @typedef {import('../types.js').Scope} Scope */

const { now } = Date; // constants, because k6's engine looks globals up by name for every request
const { random } = Math;
const { randomUUID } = crypto;

/**
 * Every iteration works on its own copy of the data.
 * @param {Iterable<[string, any]>} data
 * @returns {Scope}
 */
export function newScope(data) {
  return { data: new Map(data), rows: new Map(), row: null, now, random, uuid: randomUUID };
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
