// Values taken out of a response for later steps of the same iteration.

import { canonicalName } from './headers.js';
import { parsePath, readPath } from './paths.js';
import { isGiven, readFilled, readFlag, readObject, refuseUnknown, refuseUnless } from './reading.js';
import { isKey } from './template.js';

const SOURCES = ['body_path', 'header', 'cookie'];
const FIELDS = [...SOURCES, 'secret'];

// {"orderId": {"body_path": "data.id"}} -> [{key, secret, reads, take(response, json)}].
// A secret value is never shown.
export function compileExtract(definitions, place) {
  if (!isGiven(definitions)) {
    return [];
  }
  return Object.entries(readObject(definitions, place)).map(([key, from]) => {
    const at = `${place}.${key}`;
    refuseUnless(isKey(key), at, 'must be a key of letters, digits, _ and -, such as orderId');
    refuseUnknown(readObject(from, at), FIELDS, `${at}.`);
    const given = SOURCES.filter((source) => isGiven(from[source]));
    refuseUnless(given.length === 1, at, `must have one of ${SOURCES.join(', ')}`);
    const secret = readFlag(from.secret, `${at}.secret`);
    return { key, secret, ...takerOf(given[0], from[given[0]], `${at}.${given[0]}`) };
  });
}

function takerOf(source, setting, place) {
  if (source === 'body_path') {
    const parts = parsePath(setting);
    refuseUnless(parts !== null, place, 'must be a path such as data.users[0].id');
    return { reads: 'json', take: (_response, json) => readPath(json, parts) };
  }
  if (source === 'header') {
    const name = canonicalName(setting);
    refuseUnless(name !== null, place, 'must be the name of a header');
    return { reads: '', take: (response) => (Object.hasOwn(response.headers, name) ? response.headers[name] : undefined) };
  }
  const name = readFilled(setting, place);
  return { reads: '', take: (response) => (Object.hasOwn(response.cookies, name) ? response.cookies[name][0].value : undefined) };
}
