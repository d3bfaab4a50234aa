// Finds out what is wrong with a JSON text, and where. A whole parser in JavaScript, so it reads only suspicious texts.

import { limits } from './shared.js';

const { max_depth: MAX_DEPTH, max_number_characters: MAX_NUMBER_CHARACTERS } = limits.json;
const BLANKS = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const LITERAL = /true|false|null/y;
const ESCAPED_BACKSLASH = /\\\\/g;
const SURROGATE_PAIR = /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}/g;
const SURROGATE = /\\u[dD][89a-fA-F]/;
const SURROGATES = /\\u[dD][89a-fA-F][0-9a-fA-F]{2}/g;
const MAX_SHOWN_KEY = 80;
const MAX_SHOWN_NUMBER = 32;

/**
 * Throws an error that names the place, if a text is not JSON or has more than one meaning.
 * @param {string} text
 * @param {string} subject starts an error about the whole text
 * @param {string} root starts the path of a place in the value
 */
export function rejectAmbiguousJson(text, subject, root) {
  const reader = { text, at: 0, subject };
  readValue(reader, root, 0);
  if (reader.at < text.length) {
    fail(reader, 'text follows the value');
  }
}

function readValue(reader, path, depth) {
  if (depth > MAX_DEPTH) {
    throw new Error(`${reader.subject}nested deeper than ${MAX_DEPTH} levels`);
  }
  skipBlanks(reader);
  const character = reader.text[reader.at];
  if (character === '{') {
    readObject(reader, path, depth);
  } else if (character === '[') {
    readList(reader, path, depth);
  } else if (character === '"') {
    readString(reader, path);
  } else if (take(reader, LITERAL) === null) {
    readNumber(reader);
  }
  skipBlanks(reader);
}

function readObject(reader, path, depth) {
  const keys = new Set();
  readItems(reader, '}', () => {
    skipBlanks(reader);
    if (reader.text[reader.at] !== '"') {
      fail(reader, 'expected a key in double quotes');
    }
    const key = JSON.parse(readString(reader, path, true));
    const shown = key.slice(0, MAX_SHOWN_KEY);
    const itemPath = path === '' ? shown : `${path}.${shown}`;
    if (keys.has(key)) {
      throw new Error(`${itemPath}: occurs twice. Remove one of them.`);
    }
    keys.add(key);
    skipBlanks(reader);
    expect(reader, ':');
    readValue(reader, itemPath, depth + 1);
  });
}

function readList(reader, path, depth) {
  let index = 0;
  readItems(reader, ']', () => {
    readValue(reader, `${path}[${index}]`, depth + 1);
    index += 1;
  });
}

function readItems(reader, end, readItem) {
  reader.at += 1;
  skipBlanks(reader);
  if (reader.text[reader.at] === end) {
    reader.at += 1;
    return;
  }
  for (;;) {
    readItem();
    if (reader.text[reader.at] === end) {
      reader.at += 1;
      return;
    }
    expect(reader, ',');
  }
}

function readString(reader, path, isKey = false) {
  const token = take(reader, STRING);
  if (token === null) {
    fail(reader, 'expected a string without line breaks or unknown escapes');
  }
  if (SURROGATE.test(token.replace(ESCAPED_BACKSLASH, '').replace(SURROGATE_PAIR, ''))) {
    const key = JSON.parse(token.replace(SURROGATES, '\ufffd')).slice(0, MAX_SHOWN_KEY);
    const place = isKey ? (path === '' ? key : `${path}.${key}`) : path;
    throw new Error(`${place}: contains invalid Unicode (an unpaired surrogate)`);
  }
  return token;
}

function readNumber(reader) {
  const token = take(reader, NUMBER);
  if (token === null) {
    fail(reader, 'expected a value');
  }
  if (token.length > MAX_NUMBER_CHARACTERS) {
    throw new Error(`${reader.subject}not valid JSON: a number has more than ${MAX_NUMBER_CHARACTERS} characters`);
  }
  if (!Number.isFinite(Number(token))) {
    throw new Error(`${reader.subject}not valid JSON: the number ${token.slice(0, MAX_SHOWN_NUMBER)} is too large`);
  }
}

function expect(reader, character) {
  if (reader.text[reader.at] !== character) {
    fail(reader, `expected "${character}"`);
  }
  reader.at += 1;
}

function skipBlanks(reader) {
  take(reader, BLANKS);
}

function take(reader, pattern) {
  pattern.lastIndex = reader.at;
  const match = pattern.exec(reader.text);
  if (match === null) {
    return null;
  }
  reader.at += match[0].length;
  return match[0];
}

function fail({ text, at, subject }, message) {
  const lines = text.slice(0, at).split('\n');
  const column = lines[lines.length - 1].length + 1;
  throw new Error(`${subject}not valid JSON: line ${lines.length} column ${column}: ${message}`);
}
