import assert from 'node:assert/strict';
import test from 'node:test';

import { checkJson } from '../../k6/lib/common/json-check.js';
import { exactValue, ExactNumber, jsonIn, numberFrom, parseExact, stringify } from '../../k6/lib/common/json.js';
import { rejectAmbiguousJson } from '../../k6/lib/common/json-errors.js';
import { cookieValue, isOrdinary } from '../../k6/lib/common/set-cookie.js';

test('exact numbers survive parsing and writing', () => {
  for (const text of [
    '[9007199254740993,1.50,-0,1E5,"1.50",true,null]',
    '{"a":{"b":12345678901234567890}}',
    '42',
    '1.0',
  ]) {
    assert.equal(stringify(parseExact(text)), text);
  }
});

test('an exact number is a number in comparisons, and its digits as a text', () => {
  const number = new ExactNumber('1.50');
  assert.deepEqual([`${number}`, number * 2, stringify([number]), Object.keys(number)], ['1.50', 3, '[1.50]', []]);
});

test('a text cannot imitate an exact number', () => {
  const mark = JSON.stringify(new ExactNumber('1')).slice(1, -2);
  assert.equal(mark.length, 36); // a random UUID, which no text contains by chance
  assert.equal(stringify({ a: '9007199254740993', b: undefined }), '{"a":"9007199254740993"}');
  assert.equal(stringify(undefined), undefined);
});

test('a value is an exact number only if a double would change it', () => {
  const body = '{"id":9007199254740993,"n":5,"t":"x"}';
  const json = jsonIn(body);
  assert.equal(exactValue(body, json, ['n']), 5);
  assert.equal(exactValue(body, json, ['t']), 'x');
  assert.equal(String(exactValue(body, json, ['id'])), '9007199254740993');
  assert.equal(exactValue('not JSON', undefined, ['id']), undefined);
});

test('the reason and the place of invalid JSON are named', () => {
  for (const [text, message] of [
    ['{"a": 1,\n "b" 2}', 'x not valid JSON: line 2 column 6: expected ":"'],
    ['[1 2]', 'x not valid JSON: line 1 column 4: expected ","'],
    ['{"a": 1, "a": 2}', 'r.a: occurs twice. Remove one of them.'],
    ['[{"a": {"b": 1, "\\u0062": 2}}]', 'r[0].a.b: occurs twice. Remove one of them.'],
    ['["\\ud83d x"]', 'r[0]: contains invalid Unicode (an unpaired surrogate)'],
    ['1 2', 'x not valid JSON: line 1 column 3: text follows the value'],
  ]) {
    assert.throws(() => checkJson(text, 'x ', 'r'), { message });
    assert.throws(() => rejectAmbiguousJson(text, 'x ', 'r'), { message });
  }
});

test('the slow check accepts what the fast check accepts', () => {
  for (const text of [
    '{"a":[1,-0.5e-7,{"b":"\\ud83d\\ude00 \\\\ud800"}],"":null} ',
    '"\\""',
    ' [ ] ',
    '{"a":":\\"a\\":"}',
    'true',
  ]) {
    checkJson(text, '', '');
    rejectAmbiguousJson(text, '', '');
  }
});

test('a cell is a number with all digits, or stays a text', () => {
  const written = (cell) => stringify([numberFrom(cell)]);
  assert.deepEqual(['9007199254740993', '007', 'NaN', '', '1e400'].map(written), [
    ...['[9007199254740993]', '[7]', '["NaN"]', '[""]', '["1e400"]'],
  ]);
});

test('a cookie is ordinary if the jar of k6 keeps its value unchanged', () => {
  for (const header of [
    'a=b',
    'a=b; Path=/',
    'a=b; Expires=Wed, 09 Jun 2100 10:18:14 GMT; Path=/, c=d',
    'a=, b=x=y; Secure',
  ]) {
    assert.ok(isOrdinary(header), header);
  }
  for (const header of ['a="b"', 'a=b c', 'a=b,c', 'a=ä', 'a=b\\c', 'a=b, c={"d":1}', 'ä=b', 'a= b']) {
    assert.ok(!isOrdinary(header), header);
  }
});

test('the value of a cookie is the text after its name', () => {
  const header = 'a="x, y"; Path=/; Expires=Wed, 09 Jun 2100 10:18:14 GMT, b={"c": 1, "d": 2}, e=';
  assert.deepEqual(
    ['a', 'b', 'e', 'f'].map((name) => cookieValue(header, name)),
    ['"x, y"', '{"c": 1, "d": 2}', '', undefined],
  );
  assert.equal(cookieValue(undefined, 'a'), undefined);
});
