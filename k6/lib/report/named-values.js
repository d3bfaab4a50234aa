// Finds values that a text names as secret, in JSON, forms, URLs, GraphQL, headers, XML and multipart bodies, also
// within JSON strings. dashboard/model/named_values.py does the same; tests/secrets.json tests both.

import { isSecretHeaderInText, isSecretListName, isSecretName } from '../common/secret-names.js';

/** @typedef {{start: number, end: number, value: string, quote: string}} NamedValue */

const MAX_NAME_CHARACTERS = 200;
const USER_INFO = /([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/?#"'<>\\]{1,500}@/gi;
const PART =
  /(\bname="([^"\r\n]{1,200})"[^\r\n]{0,500}\r?\n(?:[^\r\n]{1,500}\r?\n){0,10}\r?\n)([\s\S]*?)(?=\r?\n--|(?![\s\S]))/g;
// The same in a JSON string.
const ESCAPED_PART =
  /(\bname=\\+"([^"\\\r\n]{1,200})\\+"(?:[^\r\n\\]|\\+"){0,500}(?:\\r)?\\n(?:(?:[^\r\n\\]|\\+"){1,500}(?:\\r)?\\n){0,10}(?:\\r)?\\n)((?:[^"\\]|\\.)*?)(?=(?:\\r)?\\n--|"|(?![\s\S]))/g;
const ELEMENT = /(<(?:[\w.-]{1,50}:)?([\w.-]{1,100})(?:\s[^<>]{0,500})?>)([^<]+)(?=<\/)/g;
const ENCLOSED = [PART, ESCAPED_PART, ELEMENT];
const NAME_SEPARATOR = /[=:]/g;
const NOT_IN_NAME = /[=&;?#\s"'<>:,{}()|\\]/;
const NUMBER = /-?\d[\d.eE+-]*/y;
const FIELD_END = /[&;#\s"'<>]/g;
const LINE_END = /[\r\n"\\]/g;
const OPENING = /\\*["']/y;

/**
 * @param {string} text
 * @param {string} mask
 */
export function maskNamedValues(text, mask) {
  let rest = text.replace(USER_INFO, `$1${mask}@`);
  for (const pattern of ENCLOSED) {
    rest = rest.replace(pattern, (all, head, name) => (isSecretName(name) ? head + mask : all));
  }
  let masked = '';
  let end = 0;
  for (const named of namedValues(rest)) {
    masked += rest.slice(end, named.start) + named.quote + mask + named.quote;
    end = named.end;
  }
  return masked + rest.slice(end);
}

/**
 * Returns the values of parts and elements, and those after an equals sign or a colon.
 * @param {string} text
 * @returns {string[]}
 */
export function secretsNamedIn(text) {
  const enclosed = ENCLOSED.flatMap((pattern) => [...text.matchAll(pattern)]).filter(([, , name]) =>
    isSecretName(name),
  );
  return [...enclosed.map(([, , , value]) => value), ...namedValues(text).map(({ value }) => value)];
}

/**
 * @param {string} text
 * @returns {NamedValue[]}
 */
function namedValues(text) {
  const values = [];
  let end = 0;
  for (const { index } of text.matchAll(NAME_SEPARATOR)) {
    const value = index < end ? null : valueAt(text, index);
    if (value !== null) {
      values.push(value);
      end = value.end;
    }
  }
  return values;
}

/** @returns {NamedValue | null} */
function valueAt(text, separator) {
  const { name, isQuoted } = nameBefore(text, separator);
  if (name === '') {
    return null;
  }
  const start = skipBlanks(text, separator + 1);
  const opening = matchAt(OPENING, text, start);
  if (opening !== '') {
    return isSecretName(name) ? stringAt(text, start, opening) : null;
  }
  if (text[separator] === '=') {
    return isSecretName(name) ? span(text, start, fieldEnd(text, start), '') : null;
  }
  if (text[start] === '[' || text[start] === '{') {
    const isSecret = text[start] === '[' ? isSecretListName(name) : isSecretName(name);
    return isSecret ? span(text, start, closingEnd(text, start), '"') : null;
  }
  return isSecretName(name) ? unquotedAt(text, name, start, isQuoted) : null;
}

function unquotedAt(text, name, start, isQuoted) {
  const number = matchAt(NUMBER, text, start);
  if (!isQuoted && isSecretHeaderInText(name)) {
    return span(text, start, nextMatch(LINE_END, text, start), '');
  }
  return number === '' ? null : span(text, start, start + number.length, isQuoted ? '"' : '');
}

function span(text, start, end, quote) {
  return end === start ? null : { start, end, value: text.slice(start, end), quote };
}

function stringAt(text, start, opening) {
  const content = start + opening.length;
  const end = stringEnd(text, content, opening);
  const value = text.slice(content, end).replace(/\\+$/, '');
  const close = text[end] === opening.at(-1) ? end + 1 : end;
  return value === '' ? null : { start, end: close, value, quote: opening };
}

// Returns the position of the quote that ends a string. A string within a JSON string is enclosed in \", and quotes
// inside it are written as \\\".
function stringEnd(text, start, opening) {
  const quote = opening.at(-1);
  for (let at = text.indexOf(quote, start); at >= 0; at = text.indexOf(quote, at + 1)) {
    let before = at;
    while (before > start && text[before - 1] === '\\') {
      before -= 1;
    }
    if (isClosing(at - before, opening.length - 1)) {
      return at;
    }
  }
  return text.length;
}

function isClosing(backslashes, levels) {
  if (backslashes % 2 === 0) {
    return true;
  }
  return levels > 0 && isClosing((backslashes - 1) / 2, (levels - 1) / 2);
}

// Returns the position after the bracket that closes the one at `start`.
function closingEnd(text, start) {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const opening = matchAt(OPENING, text, at);
    if (opening !== '') {
      at = stringEnd(text, at + opening.length, opening);
    } else if (text[at] === '[' || text[at] === '{') {
      depth += 1;
    } else if (text[at] === ']' || text[at] === '}') {
      depth -= 1;
      if (depth === 0) {
        return at + 1;
      }
    }
  }
  return text.length;
}

function nameBefore(text, separator) {
  let end = separator;
  while (end > 0 && isBlank(text[end - 1])) {
    end -= 1;
  }
  const isQuoted = text[end - 1] === '"' || text[end - 1] === "'";
  if (isQuoted) {
    end -= 1;
    while (text[end - 1] === '\\') {
      end -= 1;
    }
  }
  let start = end;
  const isOutside = isQuoted
    ? (character) => `"'\\\r\n`.includes(character)
    : (character) => NOT_IN_NAME.test(character);
  while (start > 0 && end - start < MAX_NAME_CHARACTERS && !isOutside(text[start - 1])) {
    start -= 1;
  }
  return { name: text.slice(start, end), isQuoted };
}

function fieldEnd(text, start) {
  let end = nextMatch(FIELD_END, text, start);
  while (end > start && text[end - 1] === '\\') {
    end -= 1;
  }
  return end;
}

function skipBlanks(text, at) {
  let start = at;
  while (start < text.length && isBlank(text[start])) {
    start += 1;
  }
  return start;
}

function isBlank(character) {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r';
}

function matchAt(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

function nextMatch(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text)?.index ?? text.length;
}
