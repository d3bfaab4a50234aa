// What a request carries: JSON, text, form, multipart, GraphQL. Each kind becomes {contentType, needs, fixed, make(scope)};
// `fixed` is the finished body when nothing has to be filled in.

import { base64Bytes, joinBytes } from './bytes.js';
import { isGiven, isObject, readFilled, readObject, refuseUnknown, refuseUnless } from './reading.js';
import { fillText, makeObject, parseJsonTemplate, parseTemplate } from './template.js';
import { encodeComponent } from './url.js';

const { stringify } = JSON; // looked up once, not for every request
const JSON_TYPE = 'application/json';
const PART_FIELDS = ['content', 'content_base64', 'filename', 'content_type'];

export function jsonBody(value, place, env) {
  const template = parseJsonTemplate(value, place, env);
  return payload(JSON_TYPE, template.needs, template.isFixed, (scope) => stringify(template.make(scope)));
}

// A static body and the variables of a request over it.
export function variablesBody(base, variables) {
  const members = [...Object.entries(base).map(([key, value]) => [key, { make: () => value }]), ...variables.members];
  const make = makeObject(members);
  return payload(JSON_TYPE, variables.needs, variables.isFixed, (scope) => stringify(make(scope)));
}

export function textBody(text, place, env) {
  const template = parseTemplate(text, place, env);
  return payload(null, template.needs, template.fixed !== null, (scope) => fillText(template, scope, asIs));
}

export function fixedBody(body) {
  return typeof body === 'string'
    ? payload(null, [], true, () => body)
    : payload(JSON_TYPE, [], true, () => JSON.stringify(body));
}

export function graphqlBody(query, operationName, variables) {
  const named = isGiven(operationName) ? `,"operationName":${JSON.stringify(operationName)}` : '';
  const head = `{"query":${JSON.stringify(query)}${named},"variables":`;
  const make = makeObject(variables.members);
  return payload(JSON_TYPE, variables.needs, variables.isFixed, (scope) => `${head}${stringify(make(scope))}}`);
}

export function formBody(form, place, env) {
  const fields = Object.entries(readObject(form, place)).flatMap(([name, value]) =>
    readValues(value, `${place}.${name}`, env).map((template) => [encodeField(name), template]),
  );
  const { needs, isFixed } = sumOf(fields);
  return payload('application/x-www-form-urlencoded', needs, isFixed, (scope) =>
    fields.map(([name, template]) => `${name}=${encodeField(fillText(template, scope, asIs))}`).join('&'),
  );
}

// `boundary` must not be guessable, or a value could hold it.
export function multipartBody(parts, place, env, boundary) {
  const read = Object.entries(readObject(parts, place)).flatMap(([name, value]) => {
    const at = `${place}.${name}`;
    return isObject(value)
      ? [readFile(name, value, at, env)]
      : readValues(value, at, env).map((template) => [partHead(name, null, null), template]);
  });
  const { needs, isFixed } = sumOf(read);
  const make = (scope) => {
    const pieces = read.flatMap(([head, content]) => [
      `--${boundary}\r\n${head}\r\n\r\n`,
      content.bytes ?? fillText(content, scope, asIs),
      '\r\n',
    ]);
    pieces.push(`--${boundary}--\r\n`);
    return pieces.every((piece) => typeof piece === 'string') ? pieces.join('') : joinBytes(pieces);
  };
  return payload(`multipart/form-data; boundary=${boundary}`, needs, isFixed, make);
}

function readFile(name, file, place, env) {
  refuseUnknown(file, PART_FIELDS, `${place}.`);
  const { content, content_base64: encoded, filename, content_type: type } = file;
  for (const field of ['filename', 'content_type']) {
    if (isGiven(file[field])) {
      const text = readFilled(file[field], `${place}.${field}`);
      refuseUnless(!/[\x00-\x1f\x7f]/.test(text), `${place}.${field}`, 'must not hold control characters');
    }
  }
  const head = partHead(name, filename ?? null, type ?? (isGiven(filename) ? 'application/octet-stream' : null));
  refuseUnless(isGiven(content) !== isGiven(encoded), place, 'must have either content or content_base64');
  if (isGiven(encoded)) {
    const bytes = typeof encoded === 'string' ? base64Bytes(encoded) : null;
    refuseUnless(bytes !== null, `${place}.content_base64`, 'is not Base64');
    return [head, { bytes, needs: [], fixed: '' }];
  }
  refuseUnless(typeof content === 'string', `${place}.content`, 'must be a text');
  return [head, parseTemplate(content, `${place}.content`, env)];
}

function partHead(name, filename, type) {
  const file = filename === null ? '' : `; filename="${quotable(filename)}"`;
  return `Content-Disposition: form-data; name="${quotable(name)}"${file}${type === null ? '' : `\r\nContent-Type: ${type}`}`;
}

// As browsers write names of parts.
function quotable(name) {
  return name.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22');
}

// Texts, numbers, true and false, or a list of them: one field each.
function readValues(value, place, env) {
  const listed = Array.isArray(value) ? value : [value];
  return listed.map((item, index) => {
    const at = Array.isArray(value) ? `${place}[${index}]` : place;
    refuseUnless(['string', 'number', 'boolean'].includes(typeof item), at, 'must be a text, a number, true or false');
    return parseTemplate(String(item), at, env);
  });
}

function sumOf(fields) {
  return {
    needs: fields.flatMap(([, template]) => template.needs),
    isFixed: fields.every(([, template]) => template.fixed !== null),
  };
}

function encodeField(text) {
  return encodeComponent(text).replace(/%20/g, '+');
}

function asIs(text) {
  return text;
}

function payload(contentType, needs, isFixed, make) {
  return { contentType, needs, fixed: isFixed ? make(null) : null, make };
}
