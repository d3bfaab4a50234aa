import assert from 'node:assert/strict';
import test from 'node:test';

import { runCoroutine } from '../../k6/lib/send/coroutine.js';

function* sumOf(...parts) {
  let sum = 0;
  for (const part of parts) {
    sum += yield part;
  }
  return sum;
}

test('without a promise the result is returned immediately', () => {
  assert.equal(runCoroutine(sumOf(1, 2, 3)), 6);
});

test('a yielded promise is awaited', async () => {
  const result = runCoroutine(sumOf(1, Promise.resolve(2), 3, Promise.resolve(4)));
  assert.ok(result instanceof Promise);
  assert.equal(await result, 10);
});

test('an error without a promise is thrown, not rejected', () => {
  assert.throws(
    () =>
      runCoroutine(
        (function* () {
          yield 1;
          throw new Error('no');
        })(),
      ),
    /^Error: no$/,
  );
});
