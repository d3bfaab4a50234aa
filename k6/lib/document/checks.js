// The checks that an endpoint may define: valid settings, the displayed label, which part of the response a check
// reads, and the test itself.

import { parsePath, readPath } from '../common/dot-paths.js';
import { canonicalName } from '../common/headers.js';
import { limits } from '../common/shared.js';
import { assertValid, isObject, isSet, readObject } from '../common/validate.js';

const { max_check_text_characters: MAX_TEXT_CHARACTERS, max_check_duration_ms: MAX_DURATION_MS } = limits.document;
const MAX_LABEL_CHARACTERS = 80;
const STATUS = 'status';
const GRAPHQL_ERRORS = 'no_graphql_errors'; // GraphQL servers report errors with status 200
// Separates the labels of checks that passed together (dashboard/engine/series.py splits them), so no label contains
// it.
export const CHECK_SEPARATOR = '\u001f';

// test(setting) returns the function that runs for each response.
const CHECKS = {
  status: {
    isValid: (status) => Number.isInteger(status) && status >= 100 && status <= 599,
    expected: 'a whole number from 100 to 599',
    label: (status) => `status is ${status}`,
    reads: '',
    test: (status) => (response) => response.status === status,
  },
  body_path: {
    isValid: (path) => parsePath(path) !== null,
    expected: 'a path such as data.users[0].id',
    label: (path) => `body has ${shorten(path)}`,
    reads: 'json',
    test: (path) => {
      const parts = parsePath(path);
      return (_response, json) => isSet(readPath(json, parts));
    },
  },
  header_present: {
    isValid: (name) => canonicalName(name) !== null,
    expected: 'a header name',
    label: (name) => `header ${shorten(name)} is present`,
    reads: '',
    test: (name) => {
      const canonical = canonicalName(name);
      return (response) => Object.hasOwn(response.headers, canonical);
    },
  },
  max_duration_ms: {
    isValid: (max) => Number.isFinite(max) && max >= 0 && max <= MAX_DURATION_MS,
    expected: `a number from 0 to ${MAX_DURATION_MS}`,
    label: (max) => `took at most ${max} ms`,
    reads: '',
    test: (max) => (response) => response.status !== 0 && response.timings.duration <= max,
  },
  body_contains: {
    isValid: (text) => typeof text === 'string' && text !== '' && [...text].length <= MAX_TEXT_CHARACTERS,
    expected: `a text of 1 to ${MAX_TEXT_CHARACTERS} characters`,
    label: (text) => `body contains ${shorten(text)}`,
    reads: 'body',
    test: (text) => (response) => typeof response.body === 'string' && response.body.includes(text),
  },
  no_graphql_errors: {
    isValid: isBoolean,
    expected: 'true or false',
    label: () => 'no GraphQL errors',
    reads: 'json',
    test: () => (_response, json) => isObject(json) && (!isSet(json.errors) || json.errors.length === 0),
  },
  has_data: {
    isValid: isBoolean,
    expected: 'true or false',
    label: () => 'has GraphQL data',
    reads: 'json',
    test: () => (_response, json) => isObject(json) && isSet(json.data),
  },
};

/**
 * Compiles the checks of an endpoint, such as {"status": 200}. Null and false define no check.
 * @param {unknown} definitions
 * @param {string} field
 * @returns {import('../types.js').Check[]}
 */
export function compileChecks(definitions, field) {
  return Object.entries(readObject(definitions, field))
    .map(([key, setting]) => compileCheck(key, setting, `${field}.${key}`))
    .filter((check) => check !== null);
}

function compileCheck(key, setting, field) {
  assertValid(Object.hasOwn(CHECKS, key), field, `unknown check. Allowed: ${Object.keys(CHECKS).join(', ')}.`);
  if (!isSet(setting)) {
    return null;
  }
  const { isValid, expected, label, reads, test } = CHECKS[key];
  assertValid(isValid(setting), field, `must be ${expected}`);
  if (setting === false) {
    return null;
  }
  return {
    label: label(setting),
    reads,
    passes: test(setting),
    isStatus: key === STATUS,
    isError: key === GRAPHQL_ERRORS,
  };
}

function isBoolean(value) {
  return typeof value === 'boolean';
}

function shorten(text) {
  const characters = [...text.replaceAll(CHECK_SEPARATOR, ' ')];
  const isLong = characters.length > MAX_LABEL_CHARACTERS;
  return characters.slice(0, MAX_LABEL_CHARACTERS).join('') + (isLong ? '…' : '');
}
