import assert from 'node:assert/strict';
import test from 'node:test';

import { canonicalName, mergeHeaders } from '../../k6/lib/common/headers.js';

test('canonicalName spells header names like k6', () => {
  assert.deepEqual(['x-request-ID', 'ETAG', 'X-RateLimit-9a', '__proto__', 'X A', ''].map(canonicalName), [
    'X-Request-Id',
    'Etag',
    'X-Ratelimit-9a',
    '__proto__',
    null,
    null,
  ]);
});

test('a later header replaces an earlier one regardless of case', () => {
  const contentType = [['Content-Type', 'application/json']];
  const merged = mergeHeaders(contentType, [['Authorization', 'a']], [['content-type', 'text/plain']]);
  assert.deepEqual({ ...merged }, { 'content-type': 'text/plain', Authorization: 'a' });
});

test('a header may be named __proto__', () => {
  assert.deepEqual(Object.keys(mergeHeaders([['__proto__', 'x']])), ['__proto__']);
});
