// Validation of values that users write. Every error starts with the field, such as endpoints[3].checks.status.

import { parseDuration } from './durations.js';
import { ExactNumber } from './json.js';
import { limits } from './shared.js';

const MAX_NAME_CHARACTERS = limits.document.max_name_characters;
const BLANK = /^[\s\x1c-\x1f\x85]*$/; // the same characters as in dashboard/endpoints/texts.py

/**
 * @param {unknown} condition
 * @param {string} field
 * @param {string} message
 */
export function assertValid(condition, field, message) {
  if (!condition) {
    throw new Error(`${field}: ${message}`);
  }
}

/**
 * Rejects fields that are not in `known`. A misspelled field would otherwise be ignored silently.
 * @param {object} object
 * @param {string[]} known
 * @param {string} prefix of the field in an error: '' or 'endpoints[3].'
 */
export function rejectUnknownFields(object, known, prefix) {
  for (const key of Object.keys(object)) {
    assertValid(known.includes(key), `${prefix}${key}`, `unknown field. Allowed: ${known.join(', ')}.`);
  }
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, any>}
 */
export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

/** Whether a field has a value. Null means the same as an absent field. */
export function isSet(value) {
  return value !== undefined && value !== null;
}

/**
 * @param {unknown} value
 * @param {string} field
 * @returns {string}
 */
export function readText(value, field) {
  assertValid(typeof value === 'string' && !BLANK.test(value), field, 'must be a non-empty string');
  const text = /** @type {string} */ (value);
  assertValid(!text.includes('\0'), field, 'must not contain NUL characters');
  return text;
}

/**
 * Reads the name of a request, group or scenario.
 * @param {unknown} value
 * @param {string} field
 */
export function readName(value, field) {
  const text = readText(value, field);
  const isShort = text.length <= MAX_NAME_CHARACTERS || [...text].length <= MAX_NAME_CHARACTERS;
  assertValid(isShort, field, `must have at most ${MAX_NAME_CHARACTERS} characters`);
  return text;
}

/**
 * @param {unknown} value
 * @param {string} field
 * @param {number} max
 * @returns {number}
 */
export function readNumber(value, field, max) {
  const number = /** @type {number} */ (value);
  assertValid(Number.isFinite(value) && number >= 0 && number <= max, field, `must be a number from 0 to ${max}`);
  return number;
}

/**
 * @param {boolean | null | undefined} value
 * @param {string} field
 */
export function readBoolean(value, field, fallback = false) {
  assertValid(!isSet(value) || typeof value === 'boolean', field, 'must be true or false');
  return value ?? fallback;
}

/**
 * @param {unknown} value
 * @param {string} field
 * @returns {Record<string, any>}
 */
export function readObject(value, field) {
  assertValid(isObject(value), field, 'must be an object');
  return /** @type {Record<string, any>} */ (value);
}

/**
 * @param {unknown} value
 * @param {string} field
 * @param {number} max
 * @returns {any[]}
 */
export function readList(value, field, max) {
  const isValid = Array.isArray(value) && value.length > 0 && value.length <= max;
  assertValid(isValid, field, `must be a list of 1 to ${max} items`);
  return /** @type {any[]} */ (value);
}

/**
 * @param {unknown} value
 * @param {string} field
 * @returns {number} milliseconds
 */
export function readDuration(value, field) {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new Error(`${field}: must be a duration such as "500ms", "2s" or "1m30s"`);
  }
  try {
    return parseDuration(value);
  } catch (error) {
    throw new Error(`${field}: ${error.message}`);
  }
}
