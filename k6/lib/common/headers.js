// HTTP headers: validation, case-insensitive merging and spelling.

import { isNumber } from './json.js';

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const CONTROL_CHARACTERS = /[\x00-\x08\x0a-\x1f\x7f]/;
const ALL_CONTROL_CHARACTERS = new RegExp(CONTROL_CHARACTERS, 'g');

/**
 * Returns the value as text. Rejects control characters, such as a line break that was copied along with the value,
 * because every request with such a header would fail.
 * @param {string} name
 * @param {unknown} value
 * @param {string} field
 * @returns {string}
 */
export function checkHeader(name, value, field) {
  if (!NAME.test(name)) {
    throw new Error(`${field}: "${name}" is not a valid header name`);
  }
  if (typeof value !== 'string' && !isNumber(value)) {
    throw new Error(`${field}: must be a string`);
  }
  if (CONTROL_CHARACTERS.test(String(value))) {
    throw new Error(`${field}: must not contain line breaks or other control characters`);
  }
  return String(value);
}

/**
 * Merges lists of headers. A later header replaces an earlier one whose name differs only in case.
 * @template T
 * @param {...Iterable<[string, T]>} sources
 * @returns {Record<string, T>}
 */
export function mergeHeaders(...sources) {
  /** @type {Map<string, [string, T]>} */
  const merged = new Map();
  for (const source of sources) {
    for (const [name, value] of source) {
      merged.set(name.toLowerCase(), [name, value]);
    }
  }
  const headers = Object.create(null); // without a prototype "__proto__" is an ordinary header name
  for (const [name, value] of merged.values()) {
    headers[name] = value;
  }
  return headers;
}

/**
 * Replaces control characters, such as line breaks, which would end the header, with spaces.
 * @param {string} text
 */
export function encodeHeader(text) {
  return text.replace(ALL_CONTROL_CHARACTERS, ' ');
}

/**
 * Returns the spelling under which k6 stores a response header, or null if the text is not a header name.
 * @param {unknown} name
 */
export function canonicalName(name) {
  if (typeof name !== 'string' || !NAME.test(name)) {
    return null;
  }
  return name.toLowerCase().replace(/(^|-)([a-z])/g, (_all, before, letter) => before + letter.toUpperCase());
}
