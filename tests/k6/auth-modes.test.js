import assert from 'node:assert/strict';
import test from 'node:test';

import { authHeaders } from '../../k6/lib/auth/modes.js';
import { allowedValues } from '../../k6/lib/common/shared.js';

const base64 = (text) => Buffer.from(text, 'utf8').toString('base64');

test('every allowed mode is implemented', () => {
  for (const mode of allowedValues.auth_modes) {
    const settings = new Proxy(
      { AUTH_MODE: mode, AUTH_REFRESH_STRATEGY: '' },
      { get: (target, name) => target[name] ?? 'x' },
    );
    assert.ok(Array.isArray(authHeaders(settings, base64)), mode);
  }
});

for (const [settings, headers] of [
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
  test(`${JSON.stringify(settings)} sends ${JSON.stringify(headers)}`, () => {
    assert.deepEqual(Object.fromEntries(authHeaders(settings, base64)), headers);
  });
}

for (const [settings, message] of [
  [{ AUTH_MODE: 'bearer' }, /^Error: AUTH_TOKEN: not set, but AUTH_MODE bearer requires it$/],
  [{ AUTH_MODE: 'basic', AUTH_BASIC_USER: 'u' }, /^Error: AUTH_BASIC_PASS: not set/],
  [{ AUTH_MODE: 'magic' }, /^Error: AUTH_MODE: must be one of none, bearer, .*, bearer_endpoint, not "magic"$/],
  [
    { AUTH_MODE: 'keycloak', AUTH_HOST: 'h', AUTH_REALM: 'r', AUTH_CLIENT_ID: 'c' },
    /^Error: AUTH_CLIENT_SECRET: not set/,
  ],
  [{ AUTH_TOKEN: 't', AUTH_REFRESH_STRATEGY: 'bearer_endpoint' }, /^Error: AUTH_REFRESH_ENDPOINT: not set/],
  [{ AUTH_TOKEN: 't', AUTH_REFRESH_STRATEGY: 'magic' }, /^Error: AUTH_REFRESH_STRATEGY: must be one of/],
  [{ AUTH_TOKEN: 's3cret\n' }, /^Error: AUTH_TOKEN: must not contain line breaks/],
  [{ AUTH_API_KEY: 'k', AUTH_API_KEY_HEADER: 'X Y' }, /^Error: AUTH_API_KEY_HEADER: "X Y" is not a valid header name/],
]) {
  test(`${JSON.stringify(settings)} is rejected with an error that does not contain the secret`, () => {
    assert.throws(
      () => authHeaders(settings, base64),
      (error) => message.test(String(error)) && !/s3cret/.test(error.message),
    );
  });
}
