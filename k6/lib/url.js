// URLs: BASE_URL and an endpoint's path to one that can stand in a request line; file URLs to paths.

import { asText, fillText } from './template.js';

const BASE = /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i;
const UNSAFE = /[^\x21-\x7e]|["<>\\^`{|}]/gu;

export function checkBaseUrl(text) {
  const base = (text ?? '').trim();
  if (base === '') {
    throw new Error('BASE_URL: is not set; give the address of the service, such as http://127.0.0.1:8000');
  }
  if (!BASE.test(base)) {
    throw new Error(`BASE_URL: "${base}" must be like http://host:port or https://host/path, without user, ? or #`);
  }
  return base.replace(/\/+$/, '');
}

// The path of a file:// URL: k6's open() does not undo the encoding of a folder's spaces.
export function filePath(url) {
  return decodeURIComponent(url.replace(/^file:\/\//, ''));
}

// A path's template as the template of a whole URL. Of the text, characters that may not stand in a URL are
// percent-encoded and what is encoded already stays; values are encoded whole when they are filled in.
export function urlTemplate(base, path) {
  const first = path.parts[0] ?? '';
  const joined = path.parts.length === 0 || (typeof first === 'string' && /^[/?]/.test(first));
  const parts = path.parts.map((part) => (typeof part === 'string' ? part.replace(UNSAFE, encodeURIComponent) : part));
  const all = [joined ? base : `${base}/`, ...parts];
  return { parts: all, needs: path.needs, fixed: path.fixed === null ? null : all.join('') };
}

export function fillUrl(url, scope) {
  return url.fixed ?? fillText(url, scope, encodeComponent);
}

// Query parameters behind a URL that may have some already: lists give a parameter each, null none. `query` is a list
// of [name, {make(scope)}].
export function addQuery(url, query, scope) {
  if (query.length === 0) {
    return url;
  }
  const pairs = [];
  for (let index = 0; index < query.length; index += 1) {
    const value = query[index][1].make(scope);
    const values = Array.isArray(value) ? value : [value];
    for (let at = 0; at < values.length; at += 1) {
      if (values[at] !== null && values[at] !== undefined) {
        pairs.push(`${encodeComponent(query[index][0])}=${encodeComponent(asText(values[at]))}`);
      }
    }
  }
  const plain = url.split('#', 1)[0]; // a fragment never leaves the client
  return pairs.length === 0 ? url : `${plain}${plain.includes('?') ? '&' : '?'}${pairs.join('&')}`;
}

// Half of a surrogate pair, which a response may hold, becomes U+FFFD; encodeURIComponent alone would throw.
export function encodeComponent(text) {
  try {
    return encodeURIComponent(text);
  } catch {
    return Array.from(text, encodeCharacter).join('');
  }
}

function encodeCharacter(character) {
  try {
    return encodeURIComponent(character);
  } catch {
    return '%EF%BF%BD';
  }
}
