import assert from 'node:assert/strict';
import test from 'node:test';

import { decodeBlanks } from '../../k6/lib/blanks.js';
import { isInShare, portionsOf, quota } from '../../k6/lib/portions.js';

test('four blanks are a character', () => {
  assert.equal(decodeBlanks('\t\r\n\r\t\r\t\r'), '{w');
  assert.throws(() => decodeBlanks('   '));
});

test('a number of users is shared out over scenarios without one too many', () => {
  const { portions, total } = portionsOf({
    a: { executor: 'constant-vus', vus: 7 },
    b: { executor: 'constant-vus', vus: 13 },
    c: { executor: 'constant-arrival-rate', rate: 5 },
  });
  assert.equal(total, 20);
  for (let target = 0; target <= 20; target += 1) {
    const [a, b] = [quota(portions.a, total, target, null), quota(portions.b, total, target, null)];
    assert.equal(a + b, target);
    assert.ok(a <= 7 && b <= 13);
  }
});

test('a share of the users leaves at least one, unless it is none', () => {
  const { portions, total } = portionsOf({ a: { executor: 'constant-vus', vus: 10 } });
  assert.deepEqual([0, 0.01, 0.25, 1].map((share) => quota(portions.a, total, null, share)), [0, 1, 3, 10]);
  assert.equal(quota(portions.a, total, null, null), 10);
});

test('a share of the arrivals is exact over any stretch', () => {
  for (const share of [0, 0.1, 0.25, 1 / 3, 0.75, 0.999, 1]) {
    let taken = 0;
    for (let index = 0; index < 1000; index += 1) {
      taken += isInShare(index, share) ? 1 : 0;
    }
    assert.equal(taken, Math.floor(1000 * share));
  }
  assert.equal(isInShare(3, null), true);
});

test('a ramp of users can be paused and nothing else', () => {
  assert.deepEqual(portionsOf({ a: { executor: 'ramping-vus' } }), { portions: { a: {} }, total: 0 });
});
