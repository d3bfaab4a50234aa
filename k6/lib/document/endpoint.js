// Compiles one request of the document: an endpoint, or a step of the setup or teardown.

import { parsePath } from '../common/dot-paths.js';
import { checkHeader } from '../common/headers.js';
import { allowedValues, limits } from '../common/shared.js';
import {
  assertValid,
  isObject,
  isSet,
  readBoolean,
  readName,
  readNumber,
  readObject,
  readText,
  rejectUnknownFields,
} from '../common/validate.js';
import { fixedBody, formBody, graphqlBody, jsonBody, multipartBody, textBody, variablesBody } from './bodies.js';
import { compileChecks } from './checks.js';
import { compileDataUse, DATA_FIELDS } from './data-use.js';
import { compileExtract } from './extract.js';
import { readRequestNetwork, rejectRunSettings, requestHeaders } from './network.js';
import { isKey, parseReference, parseTemplate, splitNeeds } from './template.js';
import { compileVariables } from './variables.js';

/** @typedef {import('../types.js').CompileContext} CompileContext */
/** @typedef {import('../types.js').Endpoint} Endpoint */
/** @typedef {import('../types.js').Phase} Phase */

const METHODS = allowedValues.methods;
const METHODS_WITH_VARIABLES_IN_BODY = allowedValues.methods_with_variables_in_body;
const BODY_FIELDS = ['body', 'body_template', 'form', 'multipart'];
const VARIABLES_FIELDS = ['variables', 'variables_template', 'variables_from_data'];
const GRAPHQL_FIELDS = ['query', 'operation_name'];
const REQUEST_FIELDS = [
  'comment',
  ...['name', 'group', 'type', 'method', 'path', 'headers', ...BODY_FIELDS, ...VARIABLES_FIELDS, ...GRAPHQL_FIELDS],
  ...['requires', 'checks', 'timeout', 'redirects', 'close_connection'],
];
const ENDPOINT_FIELDS = [...REQUEST_FIELDS, ...DATA_FIELDS, 'weight', 'slos', 'extract'];
const STEP_FIELDS = {
  setup: [...REQUEST_FIELDS, 'result_key', 'result_path', 'result_secret'],
  teardown: REQUEST_FIELDS,
};
const MAX_WEIGHT = limits.document.max_weight;
const ABSOLUTE_URL = /^([a-z][a-z0-9+.-]*:)?\/\//i;

/**
 * @param {any} endpoint
 * @param {string} field
 * @param {CompileContext} context
 * @returns {Endpoint}
 */
export function compileEndpoint(endpoint, field, context) {
  rejectRunSettings(readObject(endpoint, field), field);
  rejectUnknownFields(endpoint, ENDPOINT_FIELDS, `${field}.`);
  return {
    phase: '',
    group: readName(endpoint.group, `${field}.group`),
    ...compileRequest(endpoint, field, context),
    extract: compileExtract(endpoint.extract, `${field}.extract`),
    weight: readNumber(endpoint.weight ?? 1, `${field}.weight`, MAX_WEIGHT),
    result: null,
  };
}

/**
 * Compiles a step of the setup or teardown.
 * @param {any} step
 * @param {string} field
 * @param {CompileContext} context
 * @param {'setup' | 'teardown'} phase
 * @returns {Endpoint}
 */
export function compileStep(step, field, context, phase) {
  rejectRunSettings(readObject(step, field), field);
  rejectUnknownFields(step, STEP_FIELDS[phase], `${field}.`);
  return {
    phase,
    group: readName(step.group ?? phase, `${field}.group`),
    ...compileRequest(step, field, context),
    extract: [],
    weight: 0,
    result: readResult(step, field),
  };
}

function readResult({ result_key: key, result_path: path, result_secret: secret }, field) {
  const isSecret = readBoolean(secret, `${field}.result_secret`);
  if (!isSet(key)) {
    assertValid(!isSet(path), `${field}.result_path`, 'requires result_key');
    assertValid(!isSecret, `${field}.result_secret`, 'requires result_key');
    return null;
  }
  assertValid(isKey(key), `${field}.result_key`, 'must be a key of letters, digits, _ and -, such as userId');
  const parts = isSet(path) ? parsePath(path) : [];
  assertValid(parts !== null, `${field}.result_path`, 'must be a path such as data.id');
  return { key, path: parts, text: path ?? '', isSecret };
}

/** @param {CompileContext} context */
function compileRequest(request, field, context) {
  const name = readName(request.name, `${field}.name`);
  const type = request.type ?? 'rest';
  assertValid(type === 'rest' || type === 'graphql', `${field}.type`, 'must be "rest" or "graphql"');
  const path = readPath(request.path, `${field}.path`, context.env);
  const headers = readHeaders(requestHeaders(request, field), `${field}.headers`, context.env);
  const variables = compileVariables(request, field, context.env);
  const content =
    type === 'rest' ? compileRest(request, field, variables, context) : compileGraphql(request, field, variables);
  const checks = request.checks ?? {};
  const [pathNeeds, pathColumns] = splitNeeds(path.needs);
  const [bodyNeeds, bodyColumns] = splitNeeds([...variables.needs, ...(content.payload?.needs ?? [])]);
  const [headerNeeds, headerColumns] = splitNeeds(headers.flatMap(([, template]) => template.needs));
  const columns = [...pathColumns, ...bodyColumns, ...headerColumns];
  const identifyingNeeds = [
    ...readRequires(request.requires, `${field}.requires`),
    ...pathNeeds.map((need) => ({ ...need, isNonEmpty: true })), // an empty value would address another resource
    ...bodyNeeds,
  ];
  return {
    name,
    path,
    headers,
    ...content,
    identifyingNeeds,
    needs: [...identifyingNeeds, ...headerNeeds],
    data: compileDataUse(request, field, columns, context),
    columns,
    nonEmptyColumns: pathColumns,
    ...readRequestNetwork(request, field, context.network),
    checks: compileChecks(checks, `${field}.checks`),
    expectedStatus: checks.status ?? undefined,
  };
}

// Variables go into the query or into a JSON body, depending on the method.
function compileRest(request, field, variables, context) {
  for (const key of GRAPHQL_FIELDS) {
    assertValid(!isSet(request[key]), `${field}.${key}`, 'requires the type "graphql"');
  }
  const method = readMethod(request.method ?? 'GET', `${field}.method`);
  const [kind, otherKind] = BODY_FIELDS.filter((key) => isSet(request[key]));
  assertValid(otherKind === undefined, `${field}.${otherKind}`, `cannot be combined with ${kind}`);
  const payload = kind === undefined ? null : compileBody(kind, request[kind], `${field}.${kind}`, context);
  if (variables.members.length === 0 || !METHODS_WITH_VARIABLES_IN_BODY.includes(method)) {
    return { method, query: variables.members, payload };
  }
  const base = kind === undefined ? {} : request[kind];
  const canMerge = kind === undefined || (kind === 'body' && isObject(base));
  const message = `must be a "body" that is an object, because this ${method} request has variables`;
  assertValid(canMerge, `${field}.${kind}`, message);
  return { method, query: [], payload: variablesBody(base, variables) };
}

function compileGraphql(request, field, variables) {
  for (const key of BODY_FIELDS) {
    assertValid(!isSet(request[key]), `${field}.${key}`, 'requires the type "rest"');
  }
  const method = readMethod(request.method ?? 'POST', `${field}.method`);
  assertValid(method === 'POST', `${field}.method`, 'must be POST for GraphQL');
  const query = readText(request.query, `${field}.query`);
  if (isSet(request.operation_name)) {
    readText(request.operation_name, `${field}.operation_name`);
  }
  return { method, query: [], payload: graphqlBody(query, request.operation_name, variables) };
}

function compileBody(kind, body, field, { env, boundary }) {
  if (kind === 'form') {
    return formBody(body, field, env);
  }
  if (kind === 'multipart') {
    return multipartBody(body, field, env, boundary);
  }
  if (kind === 'body') {
    return fixedBody(body);
  }
  return typeof body === 'string' ? textBody(body, field, env) : jsonBody(body, field, env);
}

function readMethod(method, field) {
  const upper = typeof method === 'string' ? method.toUpperCase() : '';
  assertValid(METHODS.includes(upper), field, `must be one of ${METHODS.join(', ')}`);
  return upper;
}

function readPath(path, field, env) {
  assertValid(typeof path === 'string', field, 'must be a string such as "/api/users"');
  assertValid(!ABSOLUTE_URL.test(path), field, 'must not contain a host: it is appended to BASE_URL');
  return parseTemplate(path, field, env);
}

/** @returns {[string, import('../types.js').Template][]} */
function readHeaders(headers, field, env) {
  return Object.entries(headers).map(([name, value]) => {
    const itemField = `${field}.${name}`;
    return [name, parseTemplate(checkHeader(name, value, itemField), itemField, env)];
  });
}

function readRequires(keys, field) {
  assertValid(!isSet(keys) || Array.isArray(keys), field, 'must be a list of keys of the data');
  return (keys ?? []).map((key, index) => parseReference(key, `${field}[${index}]`));
}
