// One request of endpoints.json, checked and ready to be sent.

import { compileChecks } from './checks.js';
import { checkHeader } from './headers.js';
import { isGiven, readFilled, readNumber, readObject, refuseUnknown, refuseUnless } from './reading.js';

const FIELDS = ['name', 'group', 'type', 'method', 'path', 'weight', 'headers', 'body', 'checks', 'slos'];
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];
const MOST_WEIGHT = 1e9;

export function compileEndpoint(endpoint, place) {
  refuseUnknown(readObject(endpoint, place), FIELDS, `${place}.`);
  refuseUnless((endpoint.type ?? 'rest') === 'rest', `${place}.type`, 'must be "rest"');
  const checks = endpoint.checks ?? {};
  return {
    name: readFilled(endpoint.name, `${place}.name`),
    group: readFilled(endpoint.group, `${place}.group`),
    method: readMethod(endpoint.method ?? 'GET', `${place}.method`),
    path: readPath(endpoint.path, `${place}.path`),
    weight: readNumber(endpoint.weight ?? 1, `${place}.weight`, MOST_WEIGHT),
    headers: readHeaders(endpoint.headers ?? {}, `${place}.headers`),
    ...readBody(endpoint.body),
    checks: compileChecks(checks, `${place}.checks`),
    expectedStatus: checks.status ?? undefined,
  };
}

function readMethod(method, place) {
  const upper = typeof method === 'string' ? method.toUpperCase() : '';
  refuseUnless(METHODS.includes(upper), place, `must be one of ${METHODS.join(', ')}`);
  return upper;
}

function readPath(path, place) {
  refuseUnless(typeof path === 'string', place, 'must be a text such as "/api/users"');
  refuseUnless(!/^([a-z][a-z0-9+.-]*:)?\/\//i.test(path), place, 'is added to BASE_URL and must not name a host itself');
  return path;
}

function readHeaders(headers, place) {
  return Object.entries(readObject(headers, place)).map(([name, value]) => [
    name,
    checkHeader(name, value, `${place}.${name}`),
  ]);
}

// A text goes out as it stands; anything else as JSON.
function readBody(body) {
  if (!isGiven(body)) {
    return { body: null, bodyType: null };
  }
  return typeof body === 'string'
    ? { body, bodyType: null }
    : { body: JSON.stringify(body), bodyType: 'application/json' };
}
