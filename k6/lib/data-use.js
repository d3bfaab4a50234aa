// How endpoints use data files: what of it is asked for, and whether those that share a file agree.

import { isGiven, readObject, refuseUnless } from './reading.js';
import { endOf, isInEach, ROW_ENDS, ROW_MODES } from './rows.js';
import { asColumn } from './template.js';

export const DATA_FIELDS = ['data_file', 'variables_from_data_file', 'data_rows', 'data_end'];
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

// {name, place, rows, end} as the endpoint says it; null when it uses none. `columns` are those that it needs; each gets the
// index at which a row holds it.
export function compileDataUse(endpoint, place, columns, describe) {
  if (!isGiven(endpoint.data_file)) {
    for (const field of DATA_FIELDS) {
      refuseUnless(!isGiven(endpoint[field]), `${place}.${field}`, 'needs a data_file');
    }
    refuseUnless(columns.length === 0, place, `needs "${columns[0]?.text}", but has no data_file`);
    return null;
  }
  const at = `${place}.data_file`;
  refuseUnless(NAME.test(endpoint.data_file), at, 'must be the name of a data file, such as users');
  const { data_rows: rows, data_end: end } = endpoint;
  refuseUnless(!isGiven(rows) || ROW_MODES.includes(rows), `${place}.data_rows`, `must be one of ${ROW_MODES.join(', ')}`);
  refuseUnless(!isGiven(end) || ROW_ENDS.includes(end), `${place}.data_end`, `must be one of ${ROW_ENDS.join(', ')}`);
  const known = describe(endpoint.data_file, at).columns;
  for (const need of columns) {
    need.index = known.indexOf(need.column);
    refuseUnless(need.index >= 0, place, `the data file "${endpoint.data_file}" has no column "${need.column.slice(0, 80)}"`);
  }
  return { name: endpoint.data_file, place, rows: rows ?? null, end: end ?? null };
}

// {variable: column} to the members of variables and what they need.
export function compileColumns(request, place) {
  if (!isGiven(request.variables_from_data_file)) {
    return [];
  }
  const at = `${place}.variables_from_data_file`;
  return Object.entries(readObject(request.variables_from_data_file, at)).map(([name, column]) => {
    refuseUnless(typeof column === 'string' && column.trim() !== '', `${at}.${name}`, 'must be the name of a column');
    return [name, asColumn(column.trim())];
  });
}

// What endpoints say of one file holds for all that use it. Each endpoint's `data` becomes {name, mode, end, counted}.
export function agreeOnData(endpoints, scenarios) {
  const files = new Map();
  endpoints.forEach((endpoint) => {
    if (endpoint.data !== null) {
      endpoint.data = files.get(endpoint.data.name) ?? agreed(endpoint.data.name, endpoints, files);
    }
  });
  for (const file of files.values()) {
    file.counted = isInEach(file.name, endpoints, scenarios);
  }
}

function agreed(name, endpoints, files) {
  const users = endpoints.map(({ data }) => data).filter((data) => data?.name === name);
  const file = { name, mode: said(users, 'rows') ?? 'vu', end: null, counted: false };
  const end = said(users, 'end');
  const saying = users.find((user) => user.end !== null);
  const words = `is for data_rows "order" and "unique"`;
  refuseUnless(end === null || endOf(file.mode) !== null, `${saying?.place}.data_end`, words);
  file.end = end ?? endOf(file.mode);
  files.set(name, file);
  return file;
}

function said(users, field) {
  const first = users.find((user) => user[field] !== null);
  const other = users.find((user) => user[field] !== null && user[field] !== first[field]);
  refuseUnless(other === undefined, `${other?.place}.data_${field}`, `differs from ${first?.place}, which uses the same data file`);
  return first === undefined ? null : first[field];
}
