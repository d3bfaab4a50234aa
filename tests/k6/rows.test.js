import assert from 'node:assert/strict';
import test from 'node:test';

import { isInEach, mostUsers, rowChooser } from '../../k6/lib/rows.js';

function world(user, users, changes = {}) {
  let iteration = 0;
  const own = { user: () => user, users: () => users, iteration: () => iteration++, random: () => 0.999 };
  return { ...own, ...changes };
}

function times(count, next) {
  return Array.from({ length: count }, next);
}

test('a row by user is always the same', () => {
  assert.deepEqual(times(3, rowChooser({ mode: 'vu', end: null, rows: 5 }, false, world(7, 10))), [2, 2, 2]);
});

test('random rows reach both ends and nothing beyond', () => {
  for (const [random, row] of [[0, 0], [0.999999, 4]]) {
    assert.equal(rowChooser({ mode: 'random', end: null, rows: 5 }, false, world(1, 1, { random: () => random }))(), row);
  }
});

test('counted rows are those of the iterations, to the end or round and round', () => {
  const file = { mode: 'unique', end: 'stop', rows: 3 };
  assert.deepEqual(times(5, rowChooser(file, true, world(1, 9))), [0, 1, 2, -1, -1]);
  assert.deepEqual(times(5, rowChooser({ ...file, end: 'cycle' }, true, world(1, 9))), [0, 1, 2, 0, 1]);
});

test('shares are every row once, however many users there are', () => {
  for (const users of [1, 2, 7, 50]) {
    const file = { mode: 'unique', end: 'stop', rows: 100 };
    const taken = times(users, (_, index) => {
      const next = rowChooser(file, false, world(index + 1, users));
      return times(101, next).filter((row) => row >= 0);
    }).flat();
    assert.deepEqual(taken.sort((a, b) => a - b), times(100, (_, row) => row));
  }
});

test('shares that begin again are each row as often', () => {
  const counts = new Map();
  for (let user = 1; user <= 4; user += 1) {
    const next = rowChooser({ mode: 'order', end: 'cycle', rows: 6 }, false, world(user, 4));
    times(6, next).forEach((row) => counts.set(row, (counts.get(row) ?? 0) + 1));
  }
  assert.deepEqual([...counts.values()], [4, 4, 4, 4, 4, 4]);
});

test('the most users there can be, of each executor', () => {
  const cases = [
    [{ executor: 'constant-vus', vus: 5 }, 5],
    [{ executor: 'ramping-vus', startVUs: 2, stages: [{ target: 9 }, { target: 0 }] }, 9],
    [{ executor: 'constant-arrival-rate', rate: 100, preAllocatedVUs: 4, maxVUs: 20 }, 20],
    [{ executor: 'ramping-arrival-rate', preAllocatedVUs: 4, stages: [{ target: 500 }] }, 4],
    [{ executor: 'shared-iterations', vus: 3, iterations: 9 }, 3],
    [{ executor: 'per-vu-iterations', vus: null }, 1],
  ];
  for (const [scenario, users] of cases) {
    assert.equal(mostUsers({ a: scenario }), users);
  }
  assert.equal(mostUsers({ a: cases[0][0], b: cases[1][0] }), 14);
});

test('a file is in each iteration when whatever is chosen uses it', () => {
  const uses = { weight: 1, data: { name: 'users' } };
  const not = { weight: 1, data: null };
  const steps = (...endpoints) => ({ weight: 1, steps: endpoints.map((endpoint) => ({ endpoint })) });
  assert.equal(isInEach('users', [uses, uses], []), true);
  assert.equal(isInEach('users', [uses, not], []), false);
  assert.equal(isInEach('users', [uses, { ...not, weight: 0 }], []), true);
  assert.equal(isInEach('users', [uses, not], [steps(not, uses), steps(uses)]), true);
  assert.equal(isInEach('users', [uses, not], [steps(not), steps(uses)]), false);
  assert.equal(isInEach('users', [uses, not], [{ ...steps(not), weight: 0 }, steps(uses)]), true);
});
