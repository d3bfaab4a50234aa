import assert from 'node:assert/strict';
import test from 'node:test';

import { newBudget, reportBudget } from '../../k6/lib/report/budget.js';
import { exchangeJson, SHORT_LIMITS } from '../../k6/lib/report/exchange.js';
import { cutText, maskBody, maskHeader, maskAll, secretsInHeaders, spellings } from '../../k6/lib/report/masking.js';

const SPECIAL_CHARACTERS = 'a/b c&"d"+é';
const FACTS = { op: 'A', checks: [] };
const NO_SECRETS = { values: [], headers: [] };

const response = (changes = {}) => ({
  status: 500,
  error: '',
  headers: {},
  body: '',
  timings: { duration: 1.23456 },
  ...changes,
  request: { method: 'GET', url: 'http://h/', headers: {}, body: '', ...changes.request },
});
const report = (changes, secrets = NO_SECRETS) =>
  JSON.parse(exchangeJson(response(changes), FACTS, secrets, SHORT_LIMITS));

test('a value is masked in every spelling', () => {
  const needles = spellings([SPECIAL_CHARACTERS]);
  for (const spelling of [
    SPECIAL_CHARACTERS,
    encodeURIComponent(SPECIAL_CHARACTERS),
    encodeURIComponent(SPECIAL_CHARACTERS).toLowerCase(),
    JSON.stringify(SPECIAL_CHARACTERS),
    'a/b c&amp;&quot;d&quot;+é',
  ]) {
    assert.ok(maskBody(`x ${spelling} y`, needles, 1000).includes('***'), spelling);
  }
});

for (const [body, masked] of [
  ['{"password": "x\\"y", "a": 1}', '{"password": "***", "a": 1}'],
  ['{"accessToken":12}', '{"accessToken":"***"}'],
  ['{"client_secret":"cut', '{"client_secret":"***"'],
  ['{"prompt_tokens": 12, "author": "me"}', '{"prompt_tokens": 12, "author": "me"}'],
  ['user=me&password=x%20y&z=1', 'user=me&password=***&z=1'],
  ['"{\\"token\\":\\"abc\\"}"', '"{\\"token\\":\\"***\\"}"'],
]) {
  test(`a value with the name of a secret is masked: ${body}`, () => assert.equal(maskBody(body, [], 1000), masked));
}

for (const [name, value, masked] of [
  ['Authorization', 'Bearer abc.def', 'Bearer ***'],
  ['authorization', 'abc', '***'],
  ['Cookie', 'a=1; b=two', 'a=***; b=***'],
  [
    'Set-Cookie',
    'a=x; Path=/; Expires=Thu, 01 Jan 2032 00:00:00 GMT; HttpOnly, b=y,z; Max-Age=3',
    'a=***; Path=/; Expires=Thu, 01 Jan 2032 00:00:00 GMT; HttpOnly, b=***; Max-Age=3',
  ],
  ['X-Auth-Token', 'abc', '***'],
  ['X-Own', 'abc', '***'],
  ['Accept', 'text/html', 'text/html'],
]) {
  test(`secrets in the header ${name} are masked: ${value}`, () =>
    assert.equal(maskHeader(name, value, [], ['x-own']), masked));
}

test('only the secrets in a URL are masked', () => {
  assert.equal(maskAll('http://u:p@h/a?token=x&q=1#f', []), 'http://***@h/a?token=***&q=1#f');
});

test('secrets in headers are masked in bodies too', () => {
  assert.deepEqual(
    secretsInHeaders(
      { Authorization: 'Bearer abcdef', Cookie: 'sid=12345678; x=1', 'Set-Cookie': 'n=longvalue; Path=/very/long' },
      [],
    ),
    ['Bearer abcdef', 'abcdef', '12345678', 'longvalue'],
  );
  const { body } = report({
    request: { headers: { Cookie: ['sid=12345678'] } },
    body: 'your session is 12345678',
  }).response;
  assert.equal(body, 'your session is ***');
});

test('a value that a request names as secret is masked in the response', () => {
  const request = { url: 'http://h/?token=url%20value', body: '{"a": {"password": "hunter\\"22"}}' };
  const { body } = report({ request, body: 'hunter"22, hunter&quot;22, url value; x=a&pwd=1' }).response;
  assert.equal(body, '***, ***, ***; x=a&pwd=***');
});

test('a secret at the end of a cut body is removed completely', () => {
  for (let before = 0; before < 12; before += 1) {
    const body = `${'x'.repeat(before)}sekret-word${'y'.repeat(50)}`;
    assert.doesNotMatch(maskBody(body, spellings(['sekret-word']), 10), /s|e/);
  }
});

test('a text is not cut within a surrogate pair', () => assert.equal(cutText('a🎉b', 2), 'a'));

test('an exchange always fits into a line', () => {
  for (const character of ['a', '"', '\u0001', '漢', '🎉', '<']) {
    const body = character.repeat(1_000_000);
    const headers = Object.fromEntries(Array.from({ length: 80 }, (_, n) => [`H${n}`, character.repeat(5000)]));
    const text = exchangeJson(
      response({ body, headers, request: { body, url: `http://h/${body}` } }),
      FACTS,
      NO_SECRETS,
      SHORT_LIMITS,
    );
    assert.ok(new TextEncoder().encode(text).length <= SHORT_LIMITS.line, character);
  }
});

test('a reported body has its size and the reason why it is missing', () => {
  const bodyFactsOf = (changes) => {
    const { body, body_bytes, cut, omitted } = report(changes).response;
    return [body, body_bytes, cut, omitted];
  };
  assert.deepEqual(bodyFactsOf({ body: 'ok' }), ['ok', 2, false, null]);
  assert.deepEqual(bodyFactsOf({ body: 'é' }), ['é', 2, false, null]);
  assert.deepEqual(bodyFactsOf({ body: null, headers: { 'Content-Length': '7' } }), [null, 7, false, 'not_kept']);
  assert.deepEqual(bodyFactsOf({ body: null, headers: { 'Content-Length': '0' } }), ['', 0, false, null]);
  assert.deepEqual(bodyFactsOf({ body: null, status: 0, error: 'dial: refused' }), ['', 0, false, null]);
  assert.deepEqual(bodyFactsOf({ body: '\x00PNG\ufffd' }), [null, 7, false, 'binary']);
  assert.deepEqual(bodyFactsOf({ body: 'x'.repeat(5000) }), ['x'.repeat(4000), 5000, true, null]);
});

test('the budgets of all users are bounded, but no user is excluded', () => {
  const sum = (users) => Array.from({ length: users }, (_, n) => reportBudget(n + 1, 0.5)).reduce((a, b) => a + b, 0);
  assert.equal(reportBudget(0, 0.5), 200);
  assert.ok(sum(1000) < 1500);
  assert.equal(reportBudget(100_000, 0.001), 1);
});

test('a user reports at most three failures of each kind', () => {
  const reports = newBudget(200);
  const counts = new Map();
  const report = (kinds, isEarly = false) => {
    const isReported = reports.hasRoom(kinds, counts, isEarly);
    if (isReported) {
      reports.spend(kinds, counts);
    }
    return isReported;
  };
  assert.deepEqual(
    [1, 2, 3, 4].map(() => report(['a'])),
    [true, true, true, false],
  );
  assert.equal(report(['a', 'b']), true);
  assert.deepEqual([report(['c'], true), report(['c'], true), report(['c'])], [true, false, true]);
});
