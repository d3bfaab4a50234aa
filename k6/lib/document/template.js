// Parses templates: ${timestamp}, ${uuid}, ${randomInt(a,b)}, ${data.x}, ${row.column}, ${number(row.column)} and
// ${env.NAME}; $${ is a literal ${. dashboard/endpoints/template.py uses the same grammar.

import { parsePath } from '../common/dot-paths.js';
import { ExactNumber, numberFrom, stringify } from '../common/json.js';
import { assertValid } from '../common/validate.js';
import { fillText, lookUp, unencoded } from './fill.js';
import { memberPieces, textPieces } from './json-pieces.js';

/** @typedef {import('../types.js').Need} Need */
/** @typedef {import('../types.js').Maker} Maker */
/** @typedef {import('../types.js').Template} Template */
/** @typedef {import('../types.js').ValueTemplate} ValueTemplate */
/** @typedef {import('../types.js').ReadEnv} ReadEnv */

const { floor } = Math; // constants, because k6's engine looks globals up by name for every request
const { create } = Object;
const EXPRESSION = /(\$\$\{)|\$\{([^}]*)(\}?)/g;
const RANDOM_INT = /^randomInt\(\s*(-?\d{1,15})\s*,\s*(-?\d{1,15})\s*\)$/;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const KEY = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
const NUMBER = /^number\(\s*row\.([^]+?)\s*\)$/;
const HELP =
  'Use ${timestamp}, ${uuid}, ${randomInt(a,b)}, ${data.x}, ${row.column}, ${number(row.column)} or ${env.NAME}; ' +
  'write $${ for a literal ${.';

/**
 * @param {string} text
 * @param {string} field
 * @param {ReadEnv} env
 * @returns {Template}
 */
export function parseTemplate(text, field, env) {
  /** @type {(string | Maker)[]} */
  const parts = [];
  /** @type {Need[]} */
  const needs = [];
  let end = 0;
  for (const match of text.matchAll(EXPRESSION)) {
    addText(parts, text.slice(end, match.index));
    end = match.index + match[0].length;
    if (match[1]) {
      addText(parts, '${');
      continue;
    }
    assertValid(match[3] === '}', field, `"${match[0].slice(0, 40)}" has no closing }`);
    parts.push(parseExpression(match[2].trim(), field, needs, env));
  }
  addText(parts, text.slice(end));
  return { parts, needs, fixed: parts.every((part) => typeof part === 'string') ? parts.join('') : null };
}

function addText(parts, text) {
  if (text !== '') {
    parts.push(text);
  }
}

function parseExpression(expression, field, needs, env) {
  if (expression === 'timestamp') {
    return plain((scope) => scope.now(), 'number');
  }
  if (expression === 'uuid') {
    return plain((scope) => scope.uuid(), 'text');
  }
  if (expression.startsWith('data.')) {
    const need = parseReference(expression.slice(5), field);
    needs.push(need);
    return (scope) => lookUp(scope.data, need);
  }
  if (expression.startsWith('row.')) {
    return addColumn(needs, expression.slice(4), field, textReader);
  }
  const number = NUMBER.exec(expression);
  if (number !== null) {
    return addColumn(needs, number[1], field, numberReader);
  }
  if (expression.startsWith('env.')) {
    const name = expression.slice(4);
    assertValid(ENV_NAME.test(name), field, `"${name}" is not a valid variable name`);
    const value = env(name, field);
    return () => value;
  }
  return parseRandomInt(expression, field);
}

function parseRandomInt(expression, field) {
  const match = RANDOM_INT.exec(expression);
  assertValid(match !== null, field, `unknown template "\${${expression.slice(0, 40)}}". ${HELP}`);
  const [low, high] = [Number(match[1]), Number(match[2])];
  assertValid(low <= high, field, `randomInt(${low},${high}): the first number must not be larger than the second`);
  const span = high - low + 1;
  return plain((scope) => low + floor(scope.random() * span), 'number');
}

/**
 * Marks a maker whose values are always numbers, or always texts that need no escapes in JSON.
 * @param {Maker} make
 * @param {'number' | 'text'} kind
 */
function plain(make, kind) {
  make.plain = kind;
  return make;
}

function addColumn(needs, name, field, reader) {
  assertValid(name.trim() !== '', field, '${row.} has no column name');
  const { need } = columnTemplate(name.trim());
  needs.push(need);
  return reader(need);
}

/**
 * Returns a template for the value of a column. The column's index is set when the data file is known.
 * @param {string} column
 */
export function columnTemplate(column) {
  /** @type {Need} */
  const need = { column, index: -1, text: `row.${column}` };
  return { need, make: textReader(need) };
}

function textReader(need) {
  return (scope) => scope.row[need.index];
}

// Returns the text unchanged if it is not a number.
function numberReader(need) {
  return (scope) => numberFrom(scope.row[need.index]);
}

/**
 * Separates the keys of the data from the columns of a data file.
 * @param {Need[]} needs
 */
export function splitNeeds(needs) {
  return [needs.filter(({ column }) => column === undefined), needs.filter(({ column }) => column !== undefined)];
}

/** @param {unknown} text */
export function isKey(text) {
  return typeof text === 'string' && KEY.test(text);
}

/**
 * Parses "userId" or "user.roles[0]": a key of the data and a path into its value.
 * @param {unknown} text
 * @param {string} field
 * @returns {Need}
 */
export function parseReference(text, field) {
  const parts = parsePath(text);
  const isReference = parts !== null && isKey(parts[0]);
  assertValid(isReference, field, `"${String(text).slice(0, 40)}" is not a key of the data, such as userId`);
  return { key: parts[0], path: parts.slice(1), text: /** @type {string} */ (text) };
}

/**
 * Returns the maker of a template's value. A text that consists of one expression keeps the type of its value:
 * "${randomInt(1,9)}" makes a number.
 * @param {Template} template
 * @returns {Maker}
 */
export function valueMaker(template) {
  const { fixed, parts } = template;
  if (fixed !== null) {
    return () => fixed;
  }
  return parts.length === 1 ? /** @type {Maker} */ (parts[0]) : (scope) => fillText(template, scope, unencoded);
}

/**
 * Parses a JSON value whose texts are templates.
 * @param {any} value
 * @param {string} field
 * @param {ReadEnv} env
 * @returns {ValueTemplate}
 */
export function parseJsonTemplate(value, field, env) {
  if (typeof value === 'string') {
    const template = parseTemplate(value, field, env);
    const pieces = textPieces(template);
    return { needs: template.needs, isFixed: template.fixed !== null, make: valueMaker(template), pieces };
  }
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) {
    return { needs: [], isFixed: true, make: () => value, pieces: [stringify(value)] };
  }
  const isList = Array.isArray(value);
  /** @type {[string, ValueTemplate][]} */
  const members = Object.entries(value).map(([key, item]) => [
    key,
    parseJsonTemplate(item, isList ? `${field}[${key}]` : `${field}.${key}`, env),
  ]);
  const needs = members.flatMap(([, member]) => member.needs);
  const isFixed = members.every(([, member]) => member.isFixed);
  const build = isList ? listMaker(members) : objectMaker(members);
  const fixed = isFixed ? build(null) : null; // not `value`, in which $${ is not yet a literal ${
  const make = isFixed ? () => fixed : build;
  return { needs, isFixed, make, pieces: memberPieces(members, isList) };
}

function listMaker(members) {
  return (scope) => members.map(([, member]) => member.make(scope));
}

/**
 * Returns a maker of objects with these members. The objects have no prototype, so "__proto__" is an ordinary key.
 * @param {[string, {make: Maker}][]} members
 * @returns {Maker}
 */
export function objectMaker(members) {
  const keys = members.map(([key]) => key);
  const makers = members.map(([, member]) => member.make);
  const count = keys.length;
  return (scope) => {
    const object = create(null);
    for (let index = 0; index < count; index += 1) {
      object[keys[index]] = makers[index](scope);
    }
    return object;
  };
}
