import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { compileEndpoints, parseEndpoints } from '../../k6/lib/endpoints.js';

const PLAIN = { name: 'A', group: 'g', type: 'rest', path: '/a' };

function compiled(endpoint) {
  return compileEndpoints({ endpoints: [{ ...PLAIN, ...endpoint }] })[0];
}

test('what may be left out has its default', () => {
  const { method, weight, body, bodyType, headers, checks, expectedStatus } = compiled({});
  assert.deepEqual(
    { method, weight, body, bodyType, headers, checks, expectedStatus },
    { method: 'GET', weight: 1, body: null, bodyType: null, headers: {}, checks: [], expectedStatus: undefined },
  );
});

test('an object goes out as JSON, a text as it stands', () => {
  assert.deepEqual([compiled({ body: { a: [1] } }).body, compiled({ body: { a: 1 } }).bodyType], ['{"a":[1]}', 'application/json']);
  assert.deepEqual([compiled({ body: 'a=1' }).body, compiled({ body: 'a=1' }).bodyType], ['a=1', null]);
  assert.equal(compiled({ body: false }).body, 'false');
});

test('every verb is known, in any case', () => {
  const verbs = ['get', 'POST', 'Put', 'delete', 'PATCH', 'head', 'options'];
  assert.deepEqual(
    verbs.map((method) => compiled({ method }).method),
    ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'],
  );
});

test('a name may hold any character', () => {
  for (const name of ['a b', '"quoted"', '${x}', 'ä 🎉', '__proto__', 'a\nb']) {
    assert.equal(compiled({ name }).name, name);
  }
});

test('a status check passes for that status alone', () => {
  const [check] = compiled({ checks: { status: 201 } }).checks;
  assert.equal(check.label, 'status is 201');
  assert.deepEqual([check.passes({ status: 201 }), check.passes({ status: 200 })], [true, false]);
});

for (const [words, endpoint] of [
  ['endpoints[0].name: must be a text', { name: ' ' }],
  ['endpoints[0].name: must be a text', { name: 5 }],
  ['endpoints[0].group: must be a text', { group: undefined }],
  ['endpoints[0].type: this version knows only "rest"', { type: 'graphql' }],
  ['endpoints[0].method: must be one of GET', { method: 'TRACE' }],
  ['endpoints[0].path: must be a text', { path: null }],
  ['endpoints[0].path: is added to BASE_URL', { path: 'http://other.example/a' }],
  ['endpoints[0].path: is added to BASE_URL', { path: '//other.example/a' }],
  ['endpoints[0].weight: must be a number', { weight: '3' }],
  ['endpoints[0].weight: must be a number', { weight: -1 }],
  ['endpoints: at least one weight must be above 0', { weight: 0 }],
  ['endpoints[0].headers: must be an object', { headers: ['a'] }],
  ['endpoints[0].headers.X-A: must be a text', { headers: { 'X-A': {} } }],
  ['endpoints[0].headers.X-A: must not hold line breaks', { headers: { 'X-A': 'b\r\nHost: evil' } }],
  ['endpoints[0].headers.X A: "X A" cannot be the name of a header', { headers: { 'X A': 'b' } }],
  ['endpoints[0].checks: must be an object', { checks: 200 }],
  ['endpoints[0].checks.status: must be a whole number from 100 to 599', { checks: { status: '200' } }],
  ['endpoints[0].checks.statsu: this version knows the checks status', { checks: { statsu: 200 } }],
  ['endpoints[0].wieght: is not one of name, group', { wieght: 3 }],
]) {
  test(`refused with its place: ${words} for ${JSON.stringify(endpoint)}`, () => {
    assert.throws(() => compiled(endpoint), (error) => error.message.startsWith(words) || assert.fail(error.message));
  });
}

for (const [words, text] of [
  ['the endpoints file is not valid JSON', '{"endpoints": ['],
  ['the endpoints file: must hold a JSON object', '[]'],
  ['the endpoints file: must hold a JSON object', 'null'],
  ['endpoints: must be a list with at least one endpoint', '{}'],
  ['endpoints: must be a list with at least one endpoint', '{"endpoints": []}'],
  ['endpoints[0]: must be an object', '{"endpoints": ["/a"]}'],
  ['endpionts: is not one of service', '{"endpionts": []}'],
]) {
  test(`a broken file is refused: ${words} for ${text}`, () => {
    assert.throws(() => parseEndpoints(text), (error) => error.message.startsWith(words) || assert.fail(error.message));
  });
}

test('two endpoints of one name are refused', () => {
  const endpoints = [PLAIN, { ...PLAIN, name: 'B' }, { ...PLAIN, path: '/c' }];
  assert.throws(() => compileEndpoints({ endpoints }), /^Error: endpoints\[2\]\.name: "A" is the name of endpoints\[0\]/);
});

test('the example is a valid file', () => {
  const text = readFileSync(new URL('../../k6/config/endpoints.example.json', import.meta.url), 'utf8');
  assert.equal(parseEndpoints(text).length, 9);
});
