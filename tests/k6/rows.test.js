import assert from 'node:assert/strict';
import test from 'node:test';

import { isUsedInEveryIteration, maxUsers, rowSelector } from '../../k6/lib/data/rows.js';

function rowContext(user, users, random = () => 0.999) {
  let iteration = 0;
  return { user: () => user, users: () => users, iteration: () => iteration++, random };
}

function times(count, next) {
  return Array.from({ length: count }, next);
}

test('mode vu always selects the same row for a user', () => {
  assert.deepEqual(times(3, rowSelector({ mode: 'vu', end: null, rows: 5 }, false, rowContext(7, 10))), [2, 2, 2]);
});

test('mode random selects rows from the first to the last', () => {
  for (const [random, row] of [
    [0, 0],
    [0.999999, 4],
  ]) {
    assert.equal(
      rowSelector(
        { mode: 'random', end: null, rows: 5 },
        false,
        rowContext(1, 1, () => random),
      )(),
      row,
    );
  }
});

test('with one row per iteration, the iteration number selects the row', () => {
  const file = { mode: 'unique', end: 'stop', rows: 3 };
  assert.deepEqual(times(5, rowSelector(file, true, rowContext(1, 9))), [0, 1, 2, -1, -1]);
  assert.deepEqual(times(5, rowSelector({ ...file, end: 'cycle' }, true, rowContext(1, 9))), [0, 1, 2, 0, 1]);
});

test('shares contain every row exactly once for any number of users', () => {
  for (const users of [1, 2, 7, 50]) {
    const file = { mode: 'unique', end: 'stop', rows: 100 };
    const taken = times(users, (_, index) => {
      const next = rowSelector(file, false, rowContext(index + 1, users));
      return times(101, next).filter((row) => row >= 0);
    }).flat();
    assert.deepEqual(
      taken.sort((a, b) => a - b),
      times(100, (_, row) => row),
    );
  }
});

test('shares that cycle use every row equally often', () => {
  const counts = new Map();
  for (let user = 1; user <= 4; user += 1) {
    const next = rowSelector({ mode: 'order', end: 'cycle', rows: 6 }, false, rowContext(user, 4));
    times(6, next).forEach((row) => counts.set(row, (counts.get(row) ?? 0) + 1));
  }
  assert.deepEqual([...counts.values()], [4, 4, 4, 4, 4, 4]);
});

test('maxUsers counts the users of each executor', () => {
  const cases = [
    [{ executor: 'constant-vus', vus: 5 }, 5],
    [{ executor: 'ramping-vus', startVUs: 2, stages: [{ target: 9 }, { target: 0 }] }, 9],
    [{ executor: 'constant-arrival-rate', rate: 100, preAllocatedVUs: 4, maxVUs: 20 }, 20],
    [{ executor: 'ramping-arrival-rate', preAllocatedVUs: 4, stages: [{ target: 500 }] }, 4],
    [{ executor: 'shared-iterations', vus: 3, iterations: 9 }, 3],
    [{ executor: 'per-vu-iterations', vus: null }, 1],
  ];
  for (const [scenario, users] of cases) {
    assert.equal(maxUsers({ a: scenario }), users);
  }
  assert.equal(maxUsers({ a: cases[0][0], b: cases[1][0] }), 14);
});

test('a file is used in every iteration if every possible choice uses it', () => {
  const withFile = { weight: 1, data: { name: 'users' } };
  const without = { weight: 1, data: null };
  const steps = (...endpoints) => ({ weight: 1, steps: endpoints.map((endpoint) => ({ members: [endpoint] })) });
  assert.equal(isUsedInEveryIteration('users', [withFile, withFile], []), true);
  assert.equal(isUsedInEveryIteration('users', [withFile, without], []), false);
  assert.equal(isUsedInEveryIteration('users', [withFile, { ...without, weight: 0 }], []), true);
  assert.equal(isUsedInEveryIteration('users', [withFile, without], [steps(without, withFile), steps(withFile)]), true);
  assert.equal(isUsedInEveryIteration('users', [withFile, without], [steps(without), steps(withFile)]), false);
  assert.equal(
    isUsedInEveryIteration('users', [withFile, without], [{ ...steps(without), weight: 0 }, steps(withFile)]),
    true,
  );
});
