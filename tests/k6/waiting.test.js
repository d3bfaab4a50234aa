import assert from 'node:assert/strict';
import test from 'node:test';

import { drive } from '../../k6/lib/waiting.js';

function* sumOf(...parts) {
  let sum = 0;
  for (const part of parts) {
    sum += yield part;
  }
  return sum;
}

test('without a promise the result is there at once', () => {
  assert.equal(drive(sumOf(1, 2, 3)), 6);
});

test('a promise in between is waited for', async () => {
  const result = drive(sumOf(1, Promise.resolve(2), 3, Promise.resolve(4)));
  assert.ok(result instanceof Promise);
  assert.equal(await result, 10);
});

test('what is thrown without a promise is thrown', () => {
  assert.throws(() => drive((function* () { yield 1; throw new Error('no'); })()), /^Error: no$/);
});
