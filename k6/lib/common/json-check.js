// Refuses JSON that other programs could read differently, with an error that names the place.
// dashboard/model/strict_json.py applies the same rules. k6's JSON.parse keeps the last of two equal keys and replaces
// unpaired surrogates.
//
// JSON.parse is native and fast, but a tokenizer in JavaScript is slow. So regular expressions decide whether a text
// needs the tokenizer.

import { rejectAmbiguousJson } from './json-errors.js';
import { limits } from './shared.js';

const MAX_DEPTH = limits.json.max_depth;
const STRINGS = /"(?:[^"\\]|\\.)*"/g;
const NO_BRACKETS = /[^[\]{}]+/g;
const EMPTY_BRACKETS = /\[\]|\{\}/g;
const LONG_NUMBER = /[0-9]{300}|[eE]\+?[0-9]{3}|[0-9.eE+-]{1000}/;
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/**
 * Throws an error that names the place, unless a text is JSON with one meaning.
 * @param {string} text
 * @param {string} subject starts an error about the whole text, such as "NETWORK: "
 * @param {string} root starts the path of a place in the value
 */
export function checkJson(text, subject, root) {
  let normalized;
  try {
    normalized = JSON.stringify(JSON.parse(text));
  } catch (error) {
    rejectAmbiguousJson(text, subject, root);
    throw new Error(`${subject}not valid JSON: ${error.message}`);
  }
  const isSuspicious = SURROGATE_ESCAPE.test(text) || LONG_NUMBER.test(text.replace(STRINGS, ''));
  if (isSuspicious || countKeys(text) !== countKeys(normalized)) {
    rejectAmbiguousJson(text, subject, root);
  }
  if (isTooDeep(text)) {
    throw new Error(`${subject}nested deeper than ${MAX_DEPTH} levels`);
  }
}

/**
 * Returns the value of a variable that contains JSON. Throws an error that names the place unless it has one meaning.
 * @param {string} text
 * @param {string} name
 */
export function parseVariable(text, name) {
  checkJson(text, `${name}: `, name);
  return JSON.parse(text);
}

// Colons outside of strings. Equal keys of an object are one key after JSON.parse.
function countKeys(text) {
  return text.replace(STRINGS, '').split(':').length;
}

// Each pass removes the innermost level of brackets.
function isTooDeep(text) {
  let brackets = text.replace(STRINGS, '').replace(NO_BRACKETS, '');
  for (let depth = 0; depth < MAX_DEPTH && brackets !== ''; depth += 1) {
    brackets = brackets.replace(EMPTY_BRACKETS, '');
  }
  return brackets !== '';
}
