import assert from 'node:assert/strict';
import test from 'node:test';

import { base64Bytes, joinBytes } from '../../k6/lib/common/bytes.js';
import { compileVariables } from '../../k6/lib/document/variables.js';
import { encodeComponent } from '../../k6/lib/common/urls.js';
import { piecesMaker } from '../../k6/lib/document/json-pieces.js';
import { fillText, firstMissingNeed, unencoded } from '../../k6/lib/document/fill.js';
import { parseJsonTemplate, parseReference, parseTemplate, valueMaker } from '../../k6/lib/document/template.js';
import { addQuery, fillUrl, urlTemplate } from '../../k6/lib/send/url.js';

const ENV = (name) => `<${name}>`;
const DATA = {
  userId: 'a/b?',
  empty: '',
  none: null,
  user: { roles: ['x', 'y'], n: 5 },
  odd: '\ud800',
  __proto__: 'p',
};
const scope = {
  data: new Map(Object.entries(DATA)),
  now: () => 1700000000000,
  random: () => 0.999999,
  uuid: () => 'id',
};

for (const [text, filled] of [
  ['plain', 'plain'],
  ['', ''],
  ['${timestamp}|${uuid}|${randomInt(1,6)}', '1700000000000|id|6'],
  ['${ randomInt( -3 , -3 ) }', '-3'],
  ['${data.userId}-${data.user.roles[1]}-${data.user.n}', 'a/b?-y-5'],
  ['${data.user}', '{"roles":["x","y"],"n":5}'],
  ['${env.REGION}', '<REGION>'],
  ['$${uuid} $$ $ { $$${uuid}', '${uuid} $$ $ { $${uuid}'],
]) {
  test(`${text} is filled in as ${filled}`, () =>
    assert.equal(fillText(parseTemplate(text, 'p', ENV), scope, unencoded), filled));
}

test('a value is never parsed as a template', () => {
  const odd = { ...scope, data: new Map([['x', '${uuid}']]) };
  assert.equal(fillText(parseTemplate('${data.x}', 'p', ENV), odd, unencoded), '${uuid}');
});

test('a single expression keeps the type of its value', () => {
  const value = (text) => valueMaker(parseTemplate(text, 'p', ENV))(scope);
  assert.deepEqual(['${timestamp}', '${data.user.n}', '${data.user.roles}', 'n${data.user.n}'].map(value), [
    1700000000000,
    5,
    ['x', 'y'],
    'n5',
  ]);
});

test('randomInt includes both bounds', () => {
  const draw = (random) => valueMaker(parseTemplate('${randomInt(1,6)}', 'p', ENV))({ ...scope, random: () => random });
  assert.deepEqual([0, 0.17, 0.99999].map(draw), [1, 2, 6]);
});

test('absent, null and (in a path) empty values are missing', () => {
  const missingNeed = (text, isNonEmpty) =>
    firstMissingNeed([{ ...parseReference(text, 'p'), isNonEmpty }], scope.data)?.text;
  assert.deepEqual(
    ['userId', 'none', 'other', 'user.roles[5]', 'constructor', 'empty', 'user.n'].map((text) =>
      missingNeed(text, false),
    ),
    [undefined, 'none', 'other', 'user.roles[5]', 'constructor', undefined, undefined],
  );
  assert.equal(missingNeed('empty', true), 'empty');
});

test('values are encoded for the URL, but its literal text is not', () => {
  const url = (path) => fillUrl(urlTemplate('http://h', parseTemplate(path, 'p', ENV)), scope);
  assert.equal(url('/u/${data.userId}/é?x=${data.userId}&y=%20'), 'http://h/u/a%2Fb%3F/%C3%A9?x=a%2Fb%3F&y=%20');
  assert.equal(url('${data.odd}'), 'http://h/%EF%BF%BD');
});

test('an unpaired surrogate is encoded as U+FFFD', () =>
  assert.equal(encodeComponent('a\udc00🎉'), 'a%EF%BF%BD%F0%9F%8E%89'));

test('query parameters are appended to existing ones', () => {
  const fixed = (value) => ({ make: () => value });
  assert.equal(
    addQuery(
      'http://h/a?b=1#c',
      [
        ['d', fixed([1, null, '&'])],
        ['e', fixed(null)],
      ],
      scope,
    ),
    'http://h/a?b=1&d=1&d=%26',
  );
  assert.equal(addQuery('http://h/a', [['o', fixed({ a: 1 })]], scope), 'http://h/a?o=%7B%22a%22%3A1%7D');
  assert.equal(addQuery('http://h/a#c', [['e', fixed(null)]], scope), 'http://h/a#c');
});

test('later sources of variables replace earlier ones, and keys are not templates', () => {
  const request = JSON.parse(
    '{"variables": {"a": 1, "b": 1, "c": 1, "__proto__": "${x"}, "variables_template": {"b": "${uuid}", "c": 2}, "variables_from_data": {"c": "user.n"}}',
  );
  const { members, needs, isFixed } = compileVariables(request, 'p', ENV);
  assert.deepEqual(
    members.map(([name, { make }]) => [name, make(scope)]),
    [
      ['a', 1],
      ['b', 'id'],
      ['c', 5],
      ['__proto__', '${x'],
    ],
  );
  assert.deepEqual([needs.map(({ text }) => text), isFixed], [['user.n'], false]);
});

test('a JSON template without expressions is made once', () => {
  const { isFixed, make } = parseJsonTemplate({ a: [1, { b: null }], c: '$${uuid}' }, 'f', ENV);
  assert.deepEqual([isFixed, make(null) === make(null)], [true, true]);
  assert.equal(JSON.stringify(make(null)), '{"a":[1,{"b":null}],"c":"${uuid}"}');
});

test('Base64 is decoded and text is encoded as UTF-8', () => {
  for (const text of ['', 'a', 'ab', 'abc', 'ä🎉']) {
    assert.deepEqual(Buffer.from(base64Bytes(Buffer.from(text).toString('base64'))).toString(), text);
  }
  assert.deepEqual(['x', 'ab=c', 'a===', ' ', 'YQ'].map(base64Bytes), [null, null, null, null, null]);
  assert.equal(Buffer.from(joinBytes(['ä', new Uint8Array([255]), ''])).toString('hex'), 'c3a4ff');
});

for (const value of [
  { id: '${uuid}', at: '${timestamp}', number: '${randomInt(1,9)}' },
  { b: 'order ${randomInt(1,9)} "quoted"\n', 10: ['${uuid}', 1.5, null, true, {}, []], '"': '' },
  ['${timestamp}', { nested: { text: '$${uuid}' } }],
  'only ${uuid}',
  { fixed: [1, { two: 'three' }] },
]) {
  test(`the pieces of ${JSON.stringify(value)} are the JSON of its value`, () => {
    const template = parseJsonTemplate(value, 'f', ENV);
    assert.equal(piecesMaker(template.pieces)(scope), JSON.stringify(template.make(scope)));
  });
}

test('a value that may need escapes has no pieces', () => {
  for (const text of ['${data.userId}', '${env.REGION}', 'x ${data.userId}']) {
    assert.equal(parseJsonTemplate({ a: text }, 'f', ENV).pieces, null);
  }
});
