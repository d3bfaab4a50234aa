// Texts with ${…} in them: ${timestamp}, ${uuid}, ${randomInt(a,b)}, ${data.x}, ${row.column}, ${number(row.column)},
// ${env.NAME}; $${ is a plain ${.
// The same grammar as dashboard/endpoints/template.py. Time, random and data come with the scope of a request.
// What runs for every request counts its loops by index: k6's engine takes some 6 µs for a for-of or a map. It looks
// globals up by name each time, so those have names of their own here.

import { parsePath, readPath } from './paths.js';
import { isGiven, refuseUnless } from './reading.js';

const { floor } = Math;
const { create } = Object;
const { stringify } = JSON;
const EXPRESSION = /(\$\$\{)|\$\{([^}]*)(\}?)/g;
const RANDOM_INT = /^randomInt\(\s*(-?\d{1,15})\s*,\s*(-?\d{1,15})\s*\)$/;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const KEY = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
const NUMBER = /^number\(\s*row\.([^]+?)\s*\)$/;
const KNOWN =
  '${timestamp}, ${uuid}, ${randomInt(a,b)}, ${data.x}, ${row.column}, ${number(row.column)} and ${env.NAME} are known; ' +
  'write $${ for a plain ${';

// {parts, needs, fixed}: texts and readers in turn, the data it needs, and the whole text when nothing is to be filled in.
export function parseTemplate(text, place, env) {
  const parts = [];
  const needs = [];
  let end = 0;
  for (const match of text.matchAll(EXPRESSION)) {
    addText(parts, text.slice(end, match.index));
    end = match.index + match[0].length;
    if (match[1]) {
      addText(parts, '${');
      continue;
    }
    refuseUnless(match[3] === '}', place, `"${match[0].slice(0, 40)}" has no closing }`);
    parts.push(parseExpression(match[2].trim(), place, needs, env));
  }
  addText(parts, text.slice(end));
  return { parts, needs, fixed: parts.every((part) => typeof part === 'string') ? parts.join('') : null };
}

function addText(parts, text) {
  if (text !== '') {
    parts.push(text);
  }
}

function parseExpression(expression, place, needs, env) {
  if (expression === 'timestamp') {
    return (scope) => scope.now();
  }
  if (expression === 'uuid') {
    return (scope) => scope.uuid();
  }
  if (expression.startsWith('data.')) {
    const need = parseReference(expression.slice(5), place);
    needs.push(need);
    return (scope) => lookUp(scope.data, need);
  }
  if (expression.startsWith('row.')) {
    return pushColumn(needs, expression.slice(4), place, readColumn);
  }
  const number = NUMBER.exec(expression);
  if (number !== null) {
    return pushColumn(needs, number[1], place, readNumberOf);
  }
  if (expression.startsWith('env.')) {
    const name = expression.slice(4);
    refuseUnless(ENV_NAME.test(name), place, `"${name}" cannot be the name of a variable`);
    const value = env(name, place);
    return () => value;
  }
  const match = RANDOM_INT.exec(expression);
  refuseUnless(match !== null, place, `"\${${expression.slice(0, 40)}}" is not known: ${KNOWN}`);
  const [low, high] = [Number(match[1]), Number(match[2])];
  refuseUnless(low <= high, place, `randomInt(${low},${high}) has its ends the wrong way round`);
  const span = high - low + 1;
  return (scope) => low + floor(scope.random() * span);
}

function pushColumn(needs, name, place, reader) {
  refuseUnless(name.trim() !== '', place, '${row.} needs the name of a column');
  const column = asColumn(name.trim());
  needs.push(column.need);
  return reader(column.need);
}

// A column of the row that an iteration has: its need, whose index is found when the file is known, and what reads it.
export function asColumn(column) {
  const need = { column, index: -1, text: `row.${column}` };
  return { need, make: readColumn(need) };
}

function readColumn(need) {
  return (scope) => scope.row[need.index];
}

// A number where the text is one, else the text.
function readNumberOf(need) {
  return (scope) => {
    const text = scope.row[need.index];
    const number = text.trim() === '' ? NaN : Number(text);
    return Number.isFinite(number) ? number : text;
  };
}

// Needs of two kinds: keys of the data, and columns of a data file.
export function partNeeds(needs) {
  return [needs.filter(({ column }) => column === undefined), needs.filter(({ column }) => column !== undefined)];
}

export function isKey(text) {
  return typeof text === 'string' && KEY.test(text);
}

// "userId" or "user.roles[0]": a key of the data, and a path into its value.
export function parseReference(text, place) {
  const parts = parsePath(text);
  refuseUnless(parts !== null && isKey(parts[0]), place, `"${String(text).slice(0, 40)}" must be a key of the data such as userId`);
  return { key: parts[0], path: parts.slice(1), text };
}

export function lookUp(data, { key, path }) {
  return readPath(data.get(key), path);
}

// The first need that the data do not meet; undefined when all is there.
export function firstMissing(needs, data) {
  for (let index = 0; index < needs.length; index += 1) {
    const found = lookUp(data, needs[index]);
    if (!isGiven(found) || (needs[index].filled && found === '')) {
      return needs[index];
    }
  }
  return undefined;
}

// The first column whose value is an empty text.
export function firstEmpty(columns, row) {
  for (let index = 0; index < columns.length; index += 1) {
    if (row[columns[index].index] === '') {
      return columns[index];
    }
  }
  return undefined;
}

export function fillText(template, scope, encode) {
  const { parts } = template;
  const count = parts.length;
  let text = '';
  for (let index = 0; index < count; index += 1) {
    const part = parts[index];
    if (typeof part === 'string') {
      text += part;
    } else {
      const value = part(scope);
      text += value === (value | 0) ? value : encode(asText(value)); // a whole number is the same in every place
    }
  }
  return text;
}

// A text that is one expression and nothing else keeps the value's own type: "${randomInt(1,9)}" is a number.
export function valueMaker(template) {
  const { fixed, parts } = template;
  if (fixed !== null) {
    return () => fixed;
  }
  return parts.length === 1 ? parts[0] : (scope) => fillText(template, scope, asIs);
}

function asIs(text) {
  return text;
}

export function asText(value) {
  return typeof value === 'object' && value !== null ? stringify(value) : `${value}`;
}

// Any JSON value whose texts are templates: {needs, isFixed, make(scope)}.
export function parseJsonTemplate(value, place, env) {
  if (typeof value === 'string') {
    const template = parseTemplate(value, place, env);
    return { needs: template.needs, isFixed: template.fixed !== null, make: valueMaker(template) };
  }
  if (typeof value !== 'object' || value === null) {
    return { needs: [], isFixed: true, make: () => value };
  }
  const list = Array.isArray(value);
  const members = Object.entries(value).map(([key, item]) => [
    key,
    parseJsonTemplate(item, list ? `${place}[${key}]` : `${place}.${key}`, env),
  ]);
  const needs = members.flatMap(([, member]) => member.needs);
  const isFixed = members.every(([, member]) => member.isFixed);
  const make = isFixed ? () => value : list ? makeList(members) : makeObject(members);
  return { needs, isFixed, make };
}

function makeList(members) {
  return (scope) => members.map(([, member]) => member.make(scope));
}

// Without a prototype a key "__proto__" is a key as any other.
export function makeObject(members) {
  const keys = members.map(([key]) => key);
  const makes = members.map(([, member]) => member.make);
  const count = keys.length;
  return (scope) => {
    const made = create(null);
    for (let index = 0; index < count; index += 1) {
      made[keys[index]] = makes[index](scope);
    }
    return made;
  };
}
