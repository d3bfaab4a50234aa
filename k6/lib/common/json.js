// JSON whose numbers keep all of their digits, also in responses. k6's JSON.parse rounds numbers beyond 2^53.

import { readPath } from './dot-paths.js';

const { parse, stringify: nativeStringify } = JSON; // constants, because k6's engine looks globals up by name
const MARK = crypto.randomUUID(); // cannot occur in a text by chance
const MARKED = new RegExp(`"${MARK}([^"]*)"`, 'g');
const STRING = '"(?:[^"\\\\]|\\\\.)*"';
const STRING_OR_NUMBER = new RegExp(`${STRING}|-?[0-9][0-9.eE+-]*`, 'g');
const ROUNDED_NUMBER = /[0-9]{16}|[0-9][.eE]|-0/; // a double may not hold these, or is written in another way
const BYTE_ORDER_MARK = 0xfeff;
const DECIMAL = /^([+-]?)0*([0-9]*)(?:\.([0-9]*))?([eE][+-]?[0-9]+)?$/;

/** A number in the digits in which somebody wrote it. */
export class ExactNumber {
  #text;

  /** @param {string} text */
  constructor(text) {
    this.#text = text;
  }

  toString() {
    return this.#text;
  }

  valueOf() {
    return Number(this.#text);
  }

  toJSON() {
    return MARK + this.#text;
  }
}

/**
 * Returns JSON in which exact numbers keep their digits.
 * @param {any} value
 * @returns {string}
 */
export function stringify(value) {
  const text = nativeStringify(value);
  return text !== undefined && text.includes(MARK) ? text.replace(MARKED, '$1') : text;
}

/**
 * Returns the value of a valid JSON text. Numbers that a double does not hold are exact numbers.
 * @param {string} text
 */
export function parseExact(text) {
  const value = parse(text);
  return ROUNDED_NUMBER.test(text) ? parse(markNumbers(text), revive) : value;
}

/**
 * Returns the parsed body; undefined if it is not JSON.
 * @param {string | null} body
 */
export function jsonIn(body) {
  try {
    return parse(withoutMark(body));
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

/**
 * Returns the number that a text stands for, with all of its digits; the text itself if it is not a finite number.
 * @param {string} text
 */
export function numberFrom(text) {
  const number = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(number)) {
    return text;
  }
  if (`${number}` === text) {
    return number;
  }
  const parts = DECIMAL.exec(text.trim());
  if (parts === null) {
    return number; // hexadecimal, octal or binary
  }
  const [, sign, whole, fraction, exponent] = parts;
  const written = `${sign === '-' ? '-' : ''}${whole || '0'}${fraction ? `.${fraction}` : ''}${exponent ?? ''}`;
  return `${number}` === written ? number : new ExactNumber(written);
}

/** @param {any} value */
export function isNumber(value) {
  return typeof value === 'number' || value instanceof ExactNumber;
}

// Whether JSON.parse may have lost digits of a value.
function mayBeRounded(value) {
  return typeof value === 'number' ? !Number.isSafeInteger(value) : typeof value === 'object' && value !== null;
}

function markNumbers(text) {
  return text.replace(STRING_OR_NUMBER, (token) =>
    token[0] === '"' || `${Number(token)}` === token ? token : `"${MARK}${token}"`,
  );
}

function revive(_key, value) {
  return typeof value === 'string' && value.startsWith(MARK) ? new ExactNumber(value.slice(MARK.length)) : value;
}
