// The checks an endpoint may define, as a table: what a valid setting is, the name people see, whether the
// response's body is needed, and the test itself.

import { isGiven, readObject, refuseUnless } from './reading.js';

const CHECKS = {
  status: {
    valid: (expected) => Number.isInteger(expected) && expected >= 100 && expected <= 599,
    wanted: 'a whole number from 100 to 599',
    label: (expected) => `status is ${expected}`,
    needsBody: false,
    passes: (response, expected) => response.status === expected,
  },
};

// {status: 200} -> [{label, needsBody, passes(response)}]; an Error names the place.
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
  const kind = CHECKS[key];
  refuseUnless(kind.valid(setting), place, `must be ${kind.wanted}`);
  return {
    label: kind.label(setting),
    needsBody: kind.needsBody,
    passes: (response) => kind.passes(response, setting),
  };
}
