import assert from 'node:assert/strict';
import test from 'node:test';

import { allowanceOf, newAllowance } from '../../k6/lib/allowance.js';
import { SHORT, exchangeOf } from '../../k6/lib/exchange.js';
import { cutText, learnedFrom, maskBody, maskHeader, maskUrl, spellings } from '../../k6/lib/masking.js';

const ODD = 'a/b c&"d"+é';
const FACTS = { op: 'A', checks: [] };
const NONE = { values: [], headers: [] };

const response = (changes = {}) => ({
  status: 500,
  error: '',
  headers: {},
  body: '',
  timings: { duration: 1.23456 },
  ...changes,
  request: { method: 'GET', url: 'http://h/', headers: {}, body: '', ...changes.request },
});
const shown = (changes, secrets = NONE) => JSON.parse(exchangeOf(response(changes), FACTS, secrets, SHORT));

test('a value is found however it is written', () => {
  const needles = spellings([ODD]);
  for (const written of [ODD, encodeURIComponent(ODD), encodeURIComponent(ODD).toLowerCase(), JSON.stringify(ODD), 'a/b c&amp;&quot;d&quot;+é']) {
    assert.ok(maskBody(`x ${written} y`, needles, 1000).includes('***'), written);
  }
});

for (const [body, wanted] of [
  ['{"password": "x\\"y", "a": 1}', '{"password": "***", "a": 1}'],
  ['{"accessToken":12}', '{"accessToken":"***"}'],
  ['{"client_secret":"cut', '{"client_secret":"***"'],
  ['{"prompt_tokens": 12, "author": "me"}', '{"prompt_tokens": 12, "author": "me"}'],
  ['user=me&password=x%20y&z=1', 'user=me&password=***&z=1'],
  ['"{\\"token\\":\\"abc\\"}"', '"{\\"token\\":"***"'],
]) {
  test(`what is named as a secret is masked: ${body}`, () => assert.equal(maskBody(body, [], 1000), wanted));
}

for (const [name, value, wanted] of [
  ['Authorization', 'Bearer abc.def', 'Bearer ***'],
  ['authorization', 'abc', '***'],
  ['Cookie', 'a=1; b=two', 'a=***; b=***'],
  ['Set-Cookie', 'a=x; Path=/; Expires=Thu, 01 Jan 2032 00:00:00 GMT; HttpOnly, b=y,z; Max-Age=3', 'a=***; Path=/; Expires=Thu, 01 Jan 2032 00:00:00 GMT; HttpOnly, b=***; Max-Age=3'],
  ['X-Auth-Token', 'abc', '***'],
  ['X-Own', 'abc', '***'],
  ['Accept', 'text/html', 'text/html'],
]) {
  test(`the header ${name}: ${value}`, () => assert.equal(maskHeader(name, value, [], ['x-own']), wanted));
}

test('secrets of a URL are masked and the rest stays', () => {
  assert.equal(maskUrl('http://u:p@h/a?token=x&q=1#f', []), 'http://***@h/a?token=***&q=1#f');
});

test('what a header gives away is masked in bodies too', () => {
  assert.deepEqual(learnedFrom({ Authorization: 'Bearer abcdef', Cookie: 'sid=12345678; x=1', 'Set-Cookie': 'n=longvalue; Path=/very/long' }, []), ['Bearer abcdef', 'abcdef', '12345678', 'longvalue']);
  const { body } = shown({ request: { headers: { Cookie: ['sid=12345678'] } }, body: 'your session is 12345678' }).response;
  assert.equal(body, 'your session is ***');
});

test('what a request names as a secret is masked wherever it comes back', () => {
  const request = { url: 'http://h/?token=url%20value', body: '{"a": {"password": "hunter\\"22"}}' };
  const { body } = shown({ request, body: 'hunter"22, hunter&quot;22, url value; x=a&pwd=1' }).response;
  assert.equal(body, '***, ***, ***; x=a&pwd=***');
});

test('a secret that stands where a body is cut leaves nothing of it', () => {
  for (let before = 0; before < 12; before += 1) {
    const body = `${'x'.repeat(before)}sekret-word${'y'.repeat(50)}`;
    assert.doesNotMatch(maskBody(body, spellings(['sekret-word']), 10), /s|e/);
  }
});

test('texts are cut between characters', () => assert.equal(cutText('a🎉b', 2), 'a'));

test('what does not fit is cut, whatever its characters take', () => {
  for (const character of ['a', '"', '\u0001', '漢', '🎉', '<']) {
    const body = character.repeat(1_000_000);
    const headers = Object.fromEntries(Array.from({ length: 80 }, (_, n) => [`H${n}`, character.repeat(5000)]));
    const text = exchangeOf(response({ body, headers, request: { body, url: `http://h/${body}` } }), FACTS, NONE, SHORT);
    assert.ok(new TextEncoder().encode(text).length <= SHORT.line, character);
  }
});

test('a body says what became of it', () => {
  const of = (changes) => { const { body, body_bytes, cut, omitted } = shown(changes).response; return [body, body_bytes, cut, omitted]; };
  assert.deepEqual(of({ body: 'ok' }), ['ok', 2, false, null]);
  assert.deepEqual(of({ body: 'é' }), ['é', 2, false, null]);
  assert.deepEqual(of({ body: null, headers: { 'Content-Length': '7' } }), [null, 7, false, 'not_kept']);
  assert.deepEqual(of({ body: null, headers: { 'Content-Length': '0' } }), ['', 0, false, null]);
  assert.deepEqual(of({ body: null, status: 0, error: 'dial: refused' }), ['', 0, false, null]);
  assert.deepEqual(of({ body: '\x00PNG\ufffd' }), [null, 7, false, 'binary']);
  assert.deepEqual(of({ body: 'x'.repeat(5000) }), ['x'.repeat(4000), 5000, true, null]);
});

test('the shares of all users are bounded, and nobody is left out for sure', () => {
  const sum = (users) => Array.from({ length: users }, (_, n) => allowanceOf(n + 1, 0.5)).reduce((a, b) => a + b, 0);
  assert.equal(allowanceOf(0, 0.5), 200);
  assert.ok(sum(1000) < 1500);
  assert.equal(allowanceOf(100_000, 0.001), 1);
});

test('a user shows a few of each kind', () => {
  const allow = newAllowance(1, 0);
  const counts = new Map();
  assert.deepEqual([1, 2, 3, 4].map(() => allow(['a'], counts)), [true, true, true, false]);
  assert.equal(allow(['a', 'b'], counts), true);
});
