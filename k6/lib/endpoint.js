// One request of endpoints.json, checked and ready to be sent.

import { fixedBody, formBody, graphqlBody, jsonBody, multipartBody, textBody, variablesBody } from './bodies.js';
import { compileChecks } from './checks.js';
import { compileDataUse, DATA_FIELDS } from './data-use.js';
import { compileExtract } from './extract.js';
import { checkHeader } from './headers.js';
import { headersToSend, readTravel, refuseOfRuns } from './network.js';
import { parsePath } from './paths.js';
import { isGiven, isObject, readFilled, readFlag, readNumber, readObject, refuseUnknown, refuseUnless } from './reading.js';
import { isKey, parseReference, parseTemplate, partNeeds } from './template.js';
import { compileVariables } from './variables.js';

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];
const VARIABLES_IN_BODY = ['POST', 'PUT', 'PATCH'];
const BODIES = ['body', 'body_template', 'form', 'multipart'];
const VARIABLES = ['variables', 'variables_template', 'variables_from_data'];
const GRAPHQL = ['query', 'operation_name'];
const FIELDS = [
  ...['name', 'group', 'type', 'method', 'path', 'headers', ...BODIES, ...VARIABLES, ...GRAPHQL, 'requires', 'checks'],
  ...['timeout', 'redirects', 'close_connection'],
];
const ENDPOINT_FIELDS = [...FIELDS, ...DATA_FIELDS, 'weight', 'slos', 'extract'];
const STEP_FIELDS = { setup: [...FIELDS, 'result_key', 'result_path', 'result_secret'], teardown: FIELDS };
const MOST_WEIGHT = 1e9;

// `context`: {env(name, place), boundary, network, dataFile(name, place)}.
export function compileEndpoint(endpoint, place, context) {
  refuseOfRuns(readObject(endpoint, place), place);
  refuseUnknown(endpoint, ENDPOINT_FIELDS, `${place}.`);
  return {
    phase: '',
    group: readFilled(endpoint.group, `${place}.group`),
    ...compileRequest(endpoint, place, context),
    extract: compileExtract(endpoint.extract, `${place}.extract`),
    weight: readNumber(endpoint.weight ?? 1, `${place}.weight`, MOST_WEIGHT),
  };
}

// A step before or after the load: `phase` is setup or teardown.
export function compileStep(step, place, context, phase) {
  refuseOfRuns(readObject(step, place), place);
  refuseUnknown(step, STEP_FIELDS[phase], `${place}.`);
  return {
    phase,
    group: readFilled(step.group ?? phase, `${place}.group`),
    ...compileRequest(step, place, context),
    extract: [],
    result: readResult(step, place),
  };
}

function readResult({ result_key: key, result_path: path, result_secret: marked }, place) {
  const secret = readFlag(marked, `${place}.result_secret`);
  if (!isGiven(key)) {
    refuseUnless(!isGiven(path), `${place}.result_path`, 'needs a result_key to be kept under');
    refuseUnless(!secret, `${place}.result_secret`, 'needs a result_key to be kept under');
    return null;
  }
  refuseUnless(isKey(key), `${place}.result_key`, 'must be a key of letters, digits, _ and -, such as userId');
  const parts = isGiven(path) ? parsePath(path) : [];
  refuseUnless(parts !== null, `${place}.result_path`, 'must be a path such as data.id');
  return { key, path: parts, text: path ?? '', secret };
}

function compileRequest(request, place, context) {
  const name = readFilled(request.name, `${place}.name`);
  const type = request.type ?? 'rest';
  refuseUnless(type === 'rest' || type === 'graphql', `${place}.type`, 'must be "rest" or "graphql"');
  const path = readPath(request.path, `${place}.path`, context.env);
  const headers = readHeaders(headersToSend(request, place), `${place}.headers`, context.env);
  const variables = compileVariables(request, place, context.env);
  const carried = type === 'rest' ? readRest(request, place, variables, context) : readGraphql(request, place, variables);
  const checks = request.checks ?? {};
  const [inPath, columnsInPath] = partNeeds(path.needs);
  const [inside, columnsInside] = partNeeds([...variables.needs, ...(carried.payload?.needs ?? [])]);
  const [inHeaders, columnsInHeaders] = partNeeds(headers.flatMap(([, template]) => template.needs));
  const columns = [...columnsInPath, ...columnsInside, ...columnsInHeaders];
  const identifying = [
    ...readRequires(request.requires, `${place}.requires`),
    ...inPath.map((need) => ({ ...need, filled: true })), // an empty value would address something else
    ...inside,
  ];
  return {
    name,
    path,
    headers,
    ...carried,
    identifying,
    needs: [...identifying, ...inHeaders],
    data: compileDataUse(request, place, columns, context.dataFile),
    columns,
    filledColumns: columnsInPath,
    ...readTravel(request, place, context.network),
    checks: compileChecks(checks, `${place}.checks`),
    expectedStatus: checks.status ?? undefined,
  };
}

// {method, query, payload}: variables go where the method puts them, into the query or a JSON body.
function readRest(request, place, variables, context) {
  for (const field of GRAPHQL) {
    refuseUnless(!isGiven(request[field]), `${place}.${field}`, 'is for endpoints of the type "graphql"');
  }
  const method = readMethod(request.method ?? 'GET', `${place}.method`);
  const kinds = BODIES.filter((field) => isGiven(request[field]));
  refuseUnless(kinds.length < 2, `${place}.${kinds[1]}`, `cannot go out together with ${kinds[0]}`);
  const payload = kinds.length === 0 ? null : readBody(kinds[0], request[kinds[0]], `${place}.${kinds[0]}`, context);
  if (variables.members.length === 0 || !VARIABLES_IN_BODY.includes(method)) {
    return { method, query: variables.members, payload };
  }
  const base = kinds.length === 0 ? {} : request[kinds[0]];
  const fits = kinds.length === 0 || (kinds[0] === 'body' && isObject(base));
  refuseUnless(fits, `${place}.${kinds[0]}`, `of a ${method} request with variables must be a "body" that is an object`);
  return { method, query: [], payload: variablesBody(base, variables) };
}

function readGraphql(request, place, variables) {
  for (const field of BODIES) {
    refuseUnless(!isGiven(request[field]), `${place}.${field}`, 'is for endpoints of the type "rest"');
  }
  const method = readMethod(request.method ?? 'POST', `${place}.method`);
  refuseUnless(method === 'POST', `${place}.method`, 'GraphQL goes out as POST');
  const query = readFilled(request.query, `${place}.query`);
  if (isGiven(request.operation_name)) {
    readFilled(request.operation_name, `${place}.operation_name`);
  }
  return { method, query: [], payload: graphqlBody(query, request.operation_name, variables) };
}

function readBody(kind, body, place, { env, boundary }) {
  if (kind === 'form') {
    return formBody(body, place, env);
  }
  if (kind === 'multipart') {
    return multipartBody(body, place, env, boundary);
  }
  if (kind === 'body') {
    return fixedBody(body);
  }
  return typeof body === 'string' ? textBody(body, place, env) : jsonBody(body, place, env);
}

function readMethod(method, place) {
  const upper = typeof method === 'string' ? method.toUpperCase() : '';
  refuseUnless(METHODS.includes(upper), place, `must be one of ${METHODS.join(', ')}`);
  return upper;
}

function readPath(path, place, env) {
  refuseUnless(typeof path === 'string', place, 'must be a text such as "/api/users"');
  refuseUnless(!/^([a-z][a-z0-9+.-]*:)?\/\//i.test(path), place, 'is added to BASE_URL and must not name a host itself');
  return parseTemplate(path, place, env);
}

function readHeaders(headers, place, env) {
  return Object.entries(headers).map(([name, value]) => {
    const at = `${place}.${name}`;
    return [name, parseTemplate(checkHeader(name, value, at), at, env)];
  });
}

function readRequires(keys, place) {
  refuseUnless(!isGiven(keys) || Array.isArray(keys), place, 'must be a list of keys of the data');
  return (keys ?? []).map((key, index) => parseReference(key, `${place}[${index}]`));
}
