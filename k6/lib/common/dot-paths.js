// Paths into JSON values: data.users[0].id or data.users.0.id, also written $.data.users[0].id. dashboard/endpoints/texts.py
// uses the same grammar.

import { limits } from './shared.js';

const MAX_PATH_CHARACTERS = limits.document.max_dot_path_characters;
const PATH = /^(?:[^.[\]]+|\[\d+\])(?:\.[^.[\]]+|\[\d+\])*$/;
const PART = /[^.[\]]+/g;
const ROOT = '$'; // the whole value, as in JSONPath

/**
 * @param {unknown} text
 * @returns {string[] | null} the keys, or null if the text is not a path
 */
export function parsePath(text) {
  if (typeof text !== 'string' || [...text].length > MAX_PATH_CHARACTERS || !PATH.test(text)) {
    return null;
  }
  const parts = text.match(PART);
  return parts[0] === ROOT ? parts.slice(1) : parts;
}

/**
 * Returns the value at a path, or undefined if there is no such value.
 * @param {any} value
 * @param {string[]} parts
 */
export function readPath(value, parts) {
  let current = value;
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    if (
      typeof current !== 'object' ||
      current === null ||
      !Object.hasOwn(current, part) ||
      (Array.isArray(current) && part === 'length')
    ) {
      return undefined;
    }
    current = current[part];
  }
  return current;
}
