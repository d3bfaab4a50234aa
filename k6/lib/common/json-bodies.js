// The JSON of responses. Pure.

import { readPath } from './dot-paths.js';
import { mayBeRounded, parseExact } from './json.js';

const BYTE_ORDER_MARK = 0xfeff;

/**
 * Returns the parsed body; undefined if it is not JSON.
 * @param {string | null} body
 */
export function jsonIn(body) {
  try {
    return JSON.parse(withoutMark(body));
  } catch {
    return undefined;
  }
}

/**
 * Returns the value at a path of the body, with all digits of its numbers.
 * @param {string | null} body
 * @param {any} json the parsed body
 * @param {string[]} path
 */
export function exactValue(body, json, path) {
  const value = readPath(json, path);
  return mayBeRounded(value) ? readPath(parseExact(withoutMark(body)), path) : value;
}

/** @returns {any} */
function withoutMark(body) {
  return body !== null && body.charCodeAt(0) === BYTE_ORDER_MARK ? body.slice(1) : body;
}
