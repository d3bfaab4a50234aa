// Fills templates and finds missing values. This code runs for every request: k6's JavaScript engine takes about 6 µs
// for a for-of loop or map(), and looks global objects up by name each time, so loops use an index and globals are
// constants.

import { readPath } from '../common/dot-paths.js';
import { stringify } from '../common/json.js';
import { isSet } from '../common/validate.js';

/** @typedef {import('../types.js').Need} Need */
/** @typedef {import('../types.js').Template} Template */
/** @typedef {import('../types.js').Scope} Scope */

/**
 * @param {Map<string, any>} data
 * @param {Need} need
 */
export function lookUp(data, { key, path }) {
  return readPath(data.get(key), path);
}

/**
 * Returns the first need without a value in the data; undefined if all have one.
 * @param {Need[]} needs
 * @param {Map<string, any>} data
 */
export function firstMissingNeed(needs, data) {
  for (let index = 0; index < needs.length; index += 1) {
    const value = lookUp(data, needs[index]);
    if (!isSet(value) || (needs[index].isNonEmpty && value === '')) {
      return needs[index];
    }
  }
  return undefined;
}

/**
 * Returns the first column whose value is an empty string; undefined if there is none.
 * @param {Need[]} columns
 * @param {string[] | null} row
 */
export function firstEmptyColumn(columns, row) {
  for (let index = 0; index < columns.length; index += 1) {
    if (row[columns[index].index] === '') {
      return columns[index];
    }
  }
  return undefined;
}

/**
 * @param {Template} template
 * @param {Scope | null} scope
 * @param {(text: string) => string} encode
 */
export function fillText(template, scope, encode) {
  const { parts } = template;
  const count = parts.length;
  let text = '';
  for (let index = 0; index < count; index += 1) {
    const part = parts[index];
    if (typeof part === 'string') {
      text += part;
    } else {
      const value = part(scope);
      text += value === (value | 0) ? value : encode(asText(value)); // an integer needs no encoding
    }
  }
  return text;
}

/** @param {unknown} value */
export function asText(value) {
  return typeof value === 'object' && value !== null ? stringify(value) : `${value}`;
}

/** @param {string} text */
export function unencoded(text) {
  return text;
}
