// How an endpoint uses its data file.

import { allowedValues } from '../common/shared.js';
import { assertValid, isSet, readObject } from '../common/validate.js';
import { columnTemplate } from './template.js';

/** @typedef {import('../types.js').DataUse} DataUse */

export const DATA_FIELDS = ['data_file', 'variables_from_data_file', 'data_rows', 'data_end'];
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const ROW_MODES = allowedValues.data_rows;
const ROW_ENDS = allowedValues.data_end;

/**
 * Returns how the endpoint uses its data file; null if it has no data file. Sets the index of each column that the
 * endpoint needs.
 * @param {any} endpoint
 * @param {string} field
 * @param {import('../types.js').Need[]} columns
 * @param {Pick<import('../types.js').CompileContext, 'dataFile' | 'dataUses'>} context
 * @returns {DataUse | null}
 */
export function compileDataUse(endpoint, field, columns, { dataFile, dataUses }) {
  const { data_file: name, data_rows: rows, data_end: end } = endpoint;
  if (!isSet(name)) {
    rejectWithoutFile(endpoint, field, columns);
    return null;
  }
  const fileField = `${field}.data_file`;
  assertValid(NAME.test(name), fileField, 'must be the name of a data file, such as users');
  assertValid(!isSet(rows) || ROW_MODES.includes(rows), `${field}.data_rows`, `must be one of ${ROW_MODES.join(', ')}`);
  assertValid(!isSet(end) || ROW_ENDS.includes(end), `${field}.data_end`, `must be one of ${ROW_ENDS.join(', ')}`);
  const available = dataFile(name, fileField).columns;
  for (const need of columns) {
    need.index = available.indexOf(need.column);
    assertValid(need.index >= 0, field, `data file "${name}" has no column "${need.column.slice(0, 80)}"`);
  }
  return dataUses[name];
}

function rejectWithoutFile(endpoint, field, columns) {
  for (const key of DATA_FIELDS) {
    assertValid(!isSet(endpoint[key]), `${field}.${key}`, 'requires data_file');
  }
  assertValid(columns.length === 0, field, `needs "${columns[0]?.text}", but has no data_file`);
}

/**
 * Returns [variable, template] pairs for variables_from_data_file.
 * @param {any} request
 * @param {string} field
 * @returns {[string, ReturnType<typeof columnTemplate>][]}
 */
export function compileColumns(request, field) {
  if (!isSet(request.variables_from_data_file)) {
    return [];
  }
  const columnsField = `${field}.variables_from_data_file`;
  return Object.entries(readObject(request.variables_from_data_file, columnsField)).map(([name, column]) => {
    assertValid(
      typeof column === 'string' && column.trim() !== '',
      `${columnsField}.${name}`,
      'must be the name of a column',
    );
    return [name, columnTemplate(column.trim())];
  });
}
