// Values that later steps of the same iteration need from a response. A value that a response does not contain is a
// failed check of its endpoint.

import { parsePath } from '../common/dot-paths.js';
import { exactValue } from '../common/json.js';
import { canonicalName } from '../common/headers.js';
import { cookieValue } from '../common/set-cookie.js';
import { assertValid, isSet, readBoolean, readObject, readText, rejectUnknownFields } from '../common/validate.js';
import { isKey } from './template.js';

const SOURCES = ['body_path', 'header', 'cookie'];
const FIELDS = [...SOURCES, 'secret'];
const LABEL_PREFIX = 'extracts '; // dashboard/engine/series.py recognizes these checks by it

/**
 * Compiles {"orderId": {"body_path": "data.id"}}. A value with `isSecret` is never shown.
 * @param {any} definitions
 * @param {string} field
 * @returns {import('../types.js').Extraction[]}
 */
export function compileExtract(definitions, field) {
  if (!isSet(definitions)) {
    return [];
  }
  return Object.entries(readObject(definitions, field)).map(([key, definition]) => {
    const itemField = `${field}.${key}`;
    assertValid(isKey(key), itemField, 'must be a key of letters, digits, _ and -, such as orderId');
    rejectUnknownFields(readObject(definition, itemField), FIELDS, `${itemField}.`);
    const sources = SOURCES.filter((source) => isSet(definition[source]));
    assertValid(sources.length === 1, itemField, `must have exactly one of ${SOURCES.join(', ')}`);
    const [source] = sources;
    const isSecret = readBoolean(definition.secret, `${itemField}.secret`);
    const compiled = compileSource(source, definition[source], `${itemField}.${source}`);
    const passes = (/** @type {any} */ response, /** @type {any} */ json) => isSet(compiled.read(response, json));
    return { key, isSecret, label: LABEL_PREFIX + key, passes, isStatus: false, isError: false, ...compiled };
  });
}

/** @returns {Pick<import('../types.js').Extraction, 'reads' | 'read'>} */
function compileSource(source, setting, field) {
  if (source === 'body_path') {
    const parts = parsePath(setting);
    assertValid(parts !== null, field, 'must be a path such as data.users[0].id');
    return { reads: 'json', read: ({ body }, json) => exactValue(body, json, parts) };
  }
  if (source === 'header') {
    const name = canonicalName(setting);
    assertValid(name !== null, field, 'must be a header name');
    return { reads: '', read: ({ headers }) => (Object.hasOwn(headers, name) ? headers[name] : undefined) };
  }
  const name = readText(setting, field);
  return { reads: '', read: ({ headers }) => cookieValue(headers['Set-Cookie'], name) };
}
