import assert from 'node:assert/strict';
import test from 'node:test';

import { authHeaders } from '../../k6/lib/auth-modes.js';
import { mergeHeaders } from '../../k6/lib/headers.js';
import { parseTemplate } from '../../k6/lib/template.js';
import { addQuery, checkBaseUrl, fillUrl, urlTemplate } from '../../k6/lib/url.js';

const base64 = (text) => Buffer.from(text, 'utf8').toString('base64');

for (const [base, path, url] of [
  ['http://h:1', '/a', 'http://h:1/a'],
  ['http://h:1/', '/a', 'http://h:1/a'],
  ['https://h/v1//', 'a/b', 'https://h/v1/a/b'],
  ['http://[::1]:80', '', 'http://[::1]:80'],
  ['http://h', '?q=1', 'http://h?q=1'],
  ['http://h', '/a b?q=x y"<>', 'http://h/a%20b?q=x%20y%22%3C%3E'],
  ['http://h', '/é/🎉', 'http://h/%C3%A9/%F0%9F%8E%89'],
  ['http://h', '/a%20b', 'http://h/a%20b'],
  ['http://h', '/$${id}', 'http://h/$%7Bid%7D'],
  ['http://h', '/a\r\nHost: evil', 'http://h/a%0D%0AHost:%20evil'],
]) {
  test(`${base} and ${JSON.stringify(path)} make ${url}`, () => {
    assert.equal(fillUrl(urlTemplate(checkBaseUrl(base), parseTemplate(path, 'path', null)), null), url);
  });
}

for (const [text, words] of [
  [undefined, /BASE_URL: is not set/],
  ['  ', /BASE_URL: is not set/],
  ['localhost:8000', /BASE_URL: "localhost:8000" must be like/],
  ['ftp://h', /BASE_URL/],
  ['http://', /BASE_URL/],
  ['http://user:pass@h', /BASE_URL: .*without user/],
  ['http://h?x=1', /BASE_URL/],
  ['http://h/#x', /BASE_URL/],
  ['http://h h', /BASE_URL/],
]) {
  test(`BASE_URL ${JSON.stringify(text)} is refused`, () => {
    assert.throws(() => checkBaseUrl(text), words);
  });
}

for (const [values, headers] of [
  [{}, {}],
  [{ AUTH_TOKEN: 't' }, { Authorization: 'Bearer t' }],
  [{ AUTH_BASIC_USER: 'u', AUTH_BASIC_PASS: 'pä:ss' }, { Authorization: `Basic ${base64('u:pä:ss')}` }],
  [{ AUTH_BASIC_USER: 'u', AUTH_BASIC_PASS: '' }, { Authorization: `Basic ${base64('u:')}` }],
  [{ AUTH_API_KEY: 'k' }, { 'X-API-Key': 'k' }],
  [{ AUTH_API_KEY: 'k', AUTH_API_KEY_HEADER: 'X-Mine' }, { 'X-Mine': 'k' }],
  [{ AUTH_MODE: 'none', AUTH_TOKEN: 't' }, {}],
  [{ AUTH_MODE: 'api_key', AUTH_TOKEN: 't', AUTH_API_KEY: 'k' }, { 'X-API-Key': 'k' }],
  [{ AUTH_MODE: '', AUTH_TOKEN: '' }, {}],
]) {
  test(`${JSON.stringify(values)} signs in with ${JSON.stringify(headers)}`, () => {
    assert.deepEqual(Object.fromEntries(authHeaders(values, base64)), headers);
  });
}

for (const [values, words] of [
  [{ AUTH_MODE: 'bearer' }, /^Error: AUTH_TOKEN: is not set, but AUTH_MODE bearer needs it$/],
  [{ AUTH_MODE: 'basic', AUTH_BASIC_USER: 'u' }, /^Error: AUTH_BASIC_PASS: is not set/],
  [{ AUTH_MODE: 'magic' }, /^Error: AUTH_MODE: must be one of none, bearer, .*, bearer_endpoint, not "magic"$/],
  [{ AUTH_MODE: 'keycloak', AUTH_HOST: 'h', AUTH_REALM: 'r', AUTH_CLIENT_ID: 'c' }, /^Error: AUTH_CLIENT_SECRET: is not set/],
  [{ AUTH_TOKEN: 't', AUTH_REFRESH_STRATEGY: 'bearer_endpoint' }, /^Error: AUTH_REFRESH_ENDPOINT: is not set/],
  [{ AUTH_TOKEN: 't', AUTH_REFRESH_STRATEGY: 'magic' }, /^Error: AUTH_REFRESH_STRATEGY: must be one of/],
  [{ AUTH_TOKEN: 's3cret\n' }, /^Error: AUTH_TOKEN: must not hold line breaks/],
  [{ AUTH_API_KEY: 'k', AUTH_API_KEY_HEADER: 'X Y' }, /^Error: AUTH_API_KEY_HEADER: "X Y" cannot be the name/],
]) {
  test(`${JSON.stringify(values)} is refused without showing the secret`, () => {
    assert.throws(() => authHeaders(values, base64), (error) => words.test(String(error)) && !/s3cret/.test(error.message));
  });
}

test('later headers win without regard to case', () => {
  const merged = mergeHeaders([['Content-Type', 'application/json']], [['Authorization', 'a']], [['content-type', 'text/plain']]);
  assert.deepEqual({ ...merged }, { 'content-type': 'text/plain', Authorization: 'a' });
});

test('a header named __proto__ is a header', () => {
  assert.deepEqual(Object.keys(mergeHeaders([['__proto__', 'x']])), ['__proto__']);
});
