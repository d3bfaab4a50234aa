// The checks an endpoint may define, as a table: what a valid setting is, the name people see, whether the
// response's body is needed, and the test itself.

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
  if (definitions === undefined) {
    return [];
  }
  if (typeof definitions !== 'object' || definitions === null || Array.isArray(definitions)) {
    throw new Error(`${place}: must be an object`);
  }
  return Object.entries(definitions).map(([key, setting]) => compileCheck(key, setting, `${place}.${key}`));
}

function compileCheck(key, setting, place) {
  if (!Object.hasOwn(CHECKS, key)) {
    throw new Error(`${place}: this version knows the checks ${Object.keys(CHECKS).join(', ')}`);
  }
  const kind = CHECKS[key];
  if (!kind.valid(setting)) {
    throw new Error(`${place}: must be ${kind.wanted}`);
  }
  return {
    label: kind.label(setting),
    needsBody: kind.needsBody,
    passes: (response) => kind.passes(response, setting),
  };
}
