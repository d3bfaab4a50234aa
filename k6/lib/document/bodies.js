// Request bodies: JSON, text, form, multipart and GraphQL. Each is compiled to a Payload, whose `fixed` is the finished
// body if it has no templates.

import { base64Bytes, joinBytes } from '../common/bytes.js';
import { isNumber, stringify } from '../common/json.js';
import { encodeComponent } from '../common/urls.js';
import { assertValid, isObject, isSet, readObject, readText, rejectUnknownFields } from '../common/validate.js';
import { fillText, unencoded } from './fill.js';
import { piecesMaker } from './json-pieces.js';
import { objectMaker, parseJsonTemplate, parseTemplate } from './template.js';

/** @typedef {import('../types.js').Maker} Maker */
/** @typedef {import('../types.js').Need} Need */
/** @typedef {import('../types.js').Payload} Payload */
/** @typedef {import('../types.js').ReadEnv} ReadEnv */
/** @typedef {import('../types.js').Template} Template */
/** @typedef {import('../types.js').Variables} Variables */
/** @typedef {Template & {bytes?: Uint8Array}} PartContent */

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const BINARY_TYPE = 'application/octet-stream';
const PART_FIELDS = ['content', 'content_base64', 'filename', 'content_type'];

/** @type {(value: any, field: string, env: ReadEnv) => Payload} */
export function jsonBody(value, field, env) {
  const { needs, isFixed, make, pieces } = parseJsonTemplate(value, field, env);
  return payload(JSON_TYPE, needs, isFixed, pieces ? piecesMaker(pieces) : (scope) => stringify(make(scope)));
}

/**
 * Compiles a static object whose members the variables of the request replace or extend.
 * @type {(base: Record<string, any>, variables: Variables) => Payload}
 */
export function variablesBody(base, variables) {
  /** @type {[string, {make: Maker}][]} */
  const fixed = Object.entries(base).map(([key, value]) => [key, { make: () => value }]);
  const make = objectMaker([...fixed, ...variables.members]);
  return payload(JSON_TYPE, variables.needs, variables.isFixed, (scope) => stringify(make(scope)));
}

/** @type {(text: string, field: string, env: ReadEnv) => Payload} */
export function textBody(text, field, env) {
  const template = parseTemplate(text, field, env);
  return payload(null, template.needs, template.fixed !== null, (scope) => fillText(template, scope, unencoded));
}

/** @type {(body: any) => Payload} */
export function fixedBody(body) {
  return typeof body === 'string'
    ? payload(null, [], true, () => body)
    : payload(JSON_TYPE, [], true, () => stringify(body));
}

/** @type {(query: string, operationName: string | null | undefined, variables: Variables) => Payload} */
export function graphqlBody(query, operationName, variables) {
  const operation = isSet(operationName) ? `,"operationName":${JSON.stringify(operationName)}` : '';
  const head = `{"query":${JSON.stringify(query)}${operation},"variables":`;
  const make = objectMaker(variables.members);
  return payload(JSON_TYPE, variables.needs, variables.isFixed, (scope) => `${head}${stringify(make(scope))}}`);
}

/** @type {(form: unknown, field: string, env: ReadEnv) => Payload} */
export function formBody(form, field, env) {
  const pairs = Object.entries(readObject(form, field)).flatMap(([name, value]) =>
    readValues(value, `${field}.${name}`, env).map((template) => withName(encodeFormText(name), template)),
  );
  const { needs, isFixed } = combine(pairs);
  return payload(FORM_TYPE, needs, isFixed, (scope) =>
    pairs.map(([name, template]) => `${name}=${encodeFormText(fillText(template, scope, unencoded))}`).join('&'),
  );
}

/**
 * `boundary` must be unpredictable, or a value could contain it.
 * @type {(parts: unknown, field: string, env: ReadEnv, boundary: string) => Payload}
 */
export function multipartBody(parts, field, env, boundary) {
  /** @type {[string, PartContent][]} */
  const compiled = Object.entries(readObject(parts, field)).flatMap(([name, value]) => {
    const itemField = `${field}.${name}`;
    return isObject(value)
      ? [readFile(name, value, itemField, env)]
      : readValues(value, itemField, env).map((template) => withName(partHead(name, null, null), template));
  });
  const { needs, isFixed } = combine(compiled);
  const make = (scope) => {
    const pieces = compiled.flatMap(([head, content]) => [
      `--${boundary}\r\n${head}\r\n\r\n`,
      content.bytes ?? fillText(content, scope, unencoded),
      '\r\n',
    ]);
    pieces.push(`--${boundary}--\r\n`);
    return pieces.every((piece) => typeof piece === 'string') ? pieces.join('') : joinBytes(pieces);
  };
  return payload(`multipart/form-data; boundary=${boundary}`, needs, isFixed, make);
}

/** @returns {[string, PartContent]} */
function readFile(name, file, field, env) {
  rejectUnknownFields(file, PART_FIELDS, `${field}.`);
  const { content, content_base64: encoded, filename, content_type: type } = file;
  for (const key of ['filename', 'content_type']) {
    if (isSet(file[key])) {
      const text = readText(file[key], `${field}.${key}`);
      assertValid(!/[\x00-\x1f\x7f]/.test(text), `${field}.${key}`, 'must not contain control characters');
    }
  }
  const head = partHead(name, filename ?? null, type ?? (isSet(filename) ? BINARY_TYPE : null));
  assertValid(isSet(content) !== isSet(encoded), field, 'must have either content or content_base64');
  if (isSet(encoded)) {
    const bytes = typeof encoded === 'string' ? base64Bytes(encoded) : null;
    assertValid(bytes !== null, `${field}.content_base64`, 'is not valid Base64');
    return [head, { bytes, parts: [], needs: [], fixed: '' }];
  }
  assertValid(typeof content === 'string', `${field}.content`, 'must be a string');
  return [head, parseTemplate(content, `${field}.content`, env)];
}

function partHead(name, filename, type) {
  const file = filename === null ? '' : `; filename="${escapeQuoted(filename)}"`;
  const typeHeader = type === null ? '' : `\r\nContent-Type: ${type}`;
  return `Content-Disposition: form-data; name="${escapeQuoted(name)}"${file}${typeHeader}`;
}

// The same escapes as browsers use.
function escapeQuoted(text) {
  return text.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22');
}

// A scalar makes one field, a list of scalars one field per item.
/** @returns {Template[]} */
function readValues(value, field, env) {
  const isList = Array.isArray(value);
  const items = isList ? value : [value];
  return items.map((item, index) => {
    const itemField = isList ? `${field}[${index}]` : field;
    assertValid(
      typeof item === 'string' || typeof item === 'boolean' || isNumber(item),
      itemField,
      'must be a string, a number, true or false',
    );
    return parseTemplate(String(item), itemField, env);
  });
}

/** @returns {[string, Template]} */
function withName(name, template) {
  return [name, template];
}

/** @param {[string, Template][]} pairs */
function combine(pairs) {
  return {
    needs: pairs.flatMap(([, template]) => template.needs),
    isFixed: pairs.every(([, template]) => template.fixed !== null),
  };
}

function encodeFormText(text) {
  return encodeComponent(text).replace(/%20/g, '+');
}

/** @returns {Payload} */
function payload(contentType, needs, isFixed, make) {
  return { contentType, needs, fixed: isFixed ? make(null) : null, make };
}
