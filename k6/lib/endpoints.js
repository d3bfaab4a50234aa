// endpoints.json, parsed, to checked endpoints. What is wrong is told with its place: endpoints[3].checks.status.

import { compileChecks } from './checks.js';
import { checkHeader } from './headers.js';

const DOCUMENT_FIELDS = ['service', 'slos', 'slo_profiles', 'slo_options', 'endpoints'];
const ENDPOINT_FIELDS = ['name', 'group', 'type', 'method', 'path', 'weight', 'headers', 'body', 'checks', 'slos'];
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];

export function parseEndpoints(text) {
  let document;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new Error(`the endpoints file is not valid JSON: ${error.message}`);
  }
  return compileEndpoints(document);
}

export function compileEndpoints(document) {
  refuseUnless(isObject(document), 'the endpoints file', 'must hold a JSON object');
  refuseUnknown(document, DOCUMENT_FIELDS, '');
  const listed = document.endpoints;
  refuseUnless(Array.isArray(listed) && listed.length > 0, 'endpoints', 'must be a list with at least one endpoint');
  const endpoints = listed.map((endpoint, index) => compileEndpoint(endpoint, `endpoints[${index}]`));
  refuseDoubles(endpoints);
  refuseUnless(endpoints.some(({ weight }) => weight > 0), 'endpoints', 'at least one weight must be above 0');
  return endpoints;
}

function compileEndpoint(endpoint, place) {
  refuseUnless(isObject(endpoint), place, 'must be an object');
  refuseUnknown(endpoint, ENDPOINT_FIELDS, `${place}.`);
  const { type = 'rest', weight = 1 } = endpoint;
  refuseUnless(type === 'rest', `${place}.type`, 'this version knows only "rest"');
  refuseUnless(Number.isFinite(weight) && weight >= 0 && weight <= 1e9, `${place}.weight`, 'must be a number from 0');
  return {
    name: filled(endpoint.name, `${place}.name`),
    group: filled(endpoint.group, `${place}.group`),
    method: readMethod(endpoint.method ?? 'GET', `${place}.method`),
    path: readPath(endpoint.path, `${place}.path`),
    weight,
    headers: readHeaders(endpoint.headers ?? {}, `${place}.headers`),
    ...readBody(endpoint.body),
    expectedStatus: endpoint.checks?.status,
    checks: compileChecks(endpoint.checks, `${place}.checks`),
  };
}

function readMethod(method, place) {
  const upper = String(method).toUpperCase();
  refuseUnless(METHODS.includes(upper), place, `must be one of ${METHODS.join(', ')}`);
  return upper;
}

function readPath(path, place) {
  refuseUnless(typeof path === 'string', place, 'must be a text such as "/api/users"');
  refuseUnless(!/^([a-z][a-z0-9+.-]*:)?\/\//i.test(path), place, 'is added to BASE_URL and must not name a host itself');
  return path;
}

function readHeaders(headers, place) {
  refuseUnless(isObject(headers), place, 'must be an object');
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, checkHeader(name, value, `${place}.${name}`)]),
  );
}

// A text goes out as it stands; anything else as JSON.
function readBody(body) {
  if (body === undefined || body === null) {
    return { body: null, bodyType: null };
  }
  return typeof body === 'string'
    ? { body, bodyType: null }
    : { body: JSON.stringify(body), bodyType: 'application/json' };
}

function refuseDoubles(endpoints) {
  const seen = new Map();
  endpoints.forEach(({ name }, index) => {
    refuseUnless(!seen.has(name), `endpoints[${index}].name`, `"${name}" is the name of endpoints[${seen.get(name)}]`);
    seen.set(name, index);
  });
}

// A misspelt or unknown field would otherwise be ignored in silence, and the test would not be what its author thinks.
function refuseUnknown(object, known, prefix) {
  for (const key of Object.keys(object)) {
    refuseUnless(known.includes(key) || key === '$schema', `${prefix}${key}`, `is not one of ${known.join(', ')}`);
  }
}

function filled(text, place) {
  refuseUnless(typeof text === 'string' && text.trim() !== '', place, 'must be a text that is not empty');
  return text;
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuseUnless(condition, place, message) {
  if (!condition) {
    throw new Error(`${place}: ${message}`);
  }
}
