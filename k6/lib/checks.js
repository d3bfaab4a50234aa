// The checks an endpoint may define, as a table: what a valid setting is, the name people see, what of the response
// is needed, and the test itself.

import { canonicalName } from './headers.js';
import { parsePath, readPath } from './paths.js';
import { isGiven, isObject, readObject, refuseUnless } from './reading.js';

const MOST_SHOWN = 80;
const MOST_TEXT = 10_000;
export const CHECK_SEPARATOR = '\u001f'; // between the names of checks that passed together, so in no name

// test(setting) makes once what is asked of each response: whether it passes. reads: '' | 'body' | 'json'.
const CHECKS = {
  status: {
    valid: (status) => Number.isInteger(status) && status >= 100 && status <= 599,
    wanted: 'a whole number from 100 to 599',
    label: (status) => `status is ${status}`,
    reads: '',
    test: (status) => (response) => response.status === status,
  },
  body_path: {
    valid: (path) => parsePath(path) !== null,
    wanted: 'a path such as data.users[0].id',
    label: (path) => `body has ${shown(path)}`,
    reads: 'json',
    test: (path) => {
      const parts = parsePath(path);
      return (_response, json) => isGiven(readPath(json, parts));
    },
  },
  header_present: {
    valid: (name) => canonicalName(name) !== null,
    wanted: 'the name of a header',
    label: (name) => `header ${shown(name)} is there`,
    reads: '',
    test: (name) => {
      const canonical = canonicalName(name);
      return (response) => Object.hasOwn(response.headers, canonical);
    },
  },
  max_duration_ms: {
    valid: (most) => Number.isFinite(most) && most >= 0 && most <= 86_400_000,
    wanted: 'a number from 0 to 86400000',
    label: (most) => `took at most ${most} ms`,
    reads: '',
    test: (most) => (response) => response.status !== 0 && response.timings.duration <= most,
  },
  body_contains: {
    valid: (text) => typeof text === 'string' && text !== '' && text.length <= MOST_TEXT,
    wanted: `a text of 1 to ${MOST_TEXT} characters`,
    label: (text) => `body contains ${shown(text)}`,
    reads: 'body',
    test: (text) => (response) => typeof response.body === 'string' && response.body.includes(text),
  },
  no_graphql_errors: {
    valid: isFlag,
    wanted: 'true or false',
    label: () => 'no GraphQL errors',
    reads: 'json',
    test: () => (_response, json) => isObject(json) && (!isGiven(json.errors) || json.errors.length === 0),
  },
  has_data: {
    valid: isFlag,
    wanted: 'true or false',
    label: () => 'GraphQL data is there',
    reads: 'json',
    test: () => (_response, json) => isObject(json) && isGiven(json.data),
  },
};

// {status: 200} -> [{label, reads, passes(response, json)}]; null and false ask for no check.
export function compileChecks(definitions, place) {
  return Object.entries(readObject(definitions, place))
    .map(([key, setting]) => compileCheck(key, setting, `${place}.${key}`))
    .filter((check) => check !== null);
}

function compileCheck(key, setting, place) {
  refuseUnless(Object.hasOwn(CHECKS, key), place, `is not one of ${Object.keys(CHECKS).join(', ')}`);
  if (!isGiven(setting)) {
    return null;
  }
  const { valid, wanted, label, reads, test } = CHECKS[key];
  refuseUnless(valid(setting), place, `must be ${wanted}`);
  if (setting === false) {
    return null;
  }
  return { label: label(setting), reads, passes: test(setting) };
}

// What the checks need of a response's body; undefined when it is no JSON.
export function jsonOf(response) {
  try {
    return JSON.parse(response.body);
  } catch {
    return undefined;
  }
}

function isFlag(value) {
  return typeof value === 'boolean';
}

function shown(text) {
  const points = [...text.replaceAll(CHECK_SEPARATOR, ' ')];
  return points.slice(0, MOST_SHOWN).join('') + (points.length > MOST_SHOWN ? '…' : '');
}
