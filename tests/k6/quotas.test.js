import assert from 'node:assert/strict';
import test from 'node:test';

import { activeUsers, isInShare, steerableLoads } from '../../k6/lib/load/quotas.js';
import { decodeWhitespace } from '../../k6/lib/load/whitespace.js';

test('four whitespace characters decode to one character', () => {
  assert.equal(decodeWhitespace('\t\r\n\r\t\r\t\r'), '{w');
  assert.throws(() => decodeWhitespace('   '));
});

test('the active users of all scenarios add up to the target', () => {
  const { loads, totalUsers } = steerableLoads({
    a: { executor: 'constant-vus', vus: 7 },
    b: { executor: 'constant-vus', vus: 13 },
    c: { executor: 'constant-arrival-rate', rate: 5 },
  });
  assert.equal(totalUsers, 20);
  for (let target = 0; target <= 20; target += 1) {
    const [a, b] = ['a', 'b'].map((name) => activeUsers(loads[name], totalUsers, target, null));
    assert.equal(a + b, target);
    assert.ok(a <= 7 && b <= 13);
  }
});

test('a share of the users is at least one user, unless the share is 0', () => {
  const { loads, totalUsers } = steerableLoads({ a: { executor: 'constant-vus', vus: 10 } });
  assert.deepEqual(
    [0, 0.01, 0.25, 1].map((share) => activeUsers(loads.a, totalUsers, null, share)),
    [0, 1, 3, 10],
  );
  assert.equal(activeUsers(loads.a, totalUsers, null, null), 10);
});

test('a share of the arrivals is exact', () => {
  for (const share of [0, 0.1, 0.25, 1 / 3, 0.75, 0.999, 1]) {
    let taken = 0;
    for (let index = 0; index < 1000; index += 1) {
      taken += isInShare(index, share) ? 1 : 0;
    }
    assert.equal(taken, Math.floor(1000 * share));
  }
  assert.equal(isInShare(3, null), true);
});

test('a ramp of users can only be paused', () => {
  assert.deepEqual(steerableLoads({ a: { executor: 'ramping-vus' } }), { loads: { a: {} }, totalUsers: 0 });
});
