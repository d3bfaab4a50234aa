// Builds the URL of a request from BASE_URL, the path and the query.

import { encodeComponent, encodeUnsafe } from '../common/urls.js';
import { asText, fillText } from '../document/fill.js';

/** @typedef {import('../types.js').Scope} Scope */
/** @typedef {import('../types.js').Template} Template */

/**
 * Turns the template of a path into the template of a URL. Unsafe characters of the text are percent-encoded. Values are
 * encoded when they are filled in.
 * @param {string} base
 * @param {Template} path
 * @returns {Template}
 */
export function urlTemplate(base, path) {
  const first = path.parts[0] ?? '';
  const needsNoSlash = path.parts.length === 0 || (typeof first === 'string' && /^[/?]/.test(first));
  const parts = path.parts.map((part) => (typeof part === 'string' ? encodeUnsafe(part) : part));
  const all = [needsNoSlash ? base : `${base}/`, ...parts];
  return { parts: all, needs: path.needs, fixed: path.fixed === null ? null : all.join('') };
}

/**
 * @param {Template} url
 * @param {Scope | null} scope
 */
export function fillUrl(url, scope) {
  return url.fixed ?? fillText(url, scope, encodeComponent);
}

/**
 * Appends query parameters to a URL, which may already have some. A list becomes one parameter per item; null becomes
 * no parameter.
 * @param {string} url
 * @param {import('../types.js').Members} query
 * @param {Scope} scope
 */
export function addQuery(url, query, scope) {
  if (query.length === 0) {
    return url;
  }
  const pairs = [];
  for (let index = 0; index < query.length; index += 1) {
    const value = query[index][1].make(scope);
    const values = Array.isArray(value) ? value : [value];
    for (let item = 0; item < values.length; item += 1) {
      if (values[item] !== null && values[item] !== undefined) {
        pairs.push(`${encodeComponent(query[index][0])}=${encodeComponent(asText(values[item]))}`);
      }
    }
  }
  const withoutFragment = url.split('#', 1)[0]; // clients never send a fragment
  return pairs.length === 0 ? url : `${withoutFragment}${withoutFragment.includes('?') ? '&' : '?'}${pairs.join('&')}`;
}
