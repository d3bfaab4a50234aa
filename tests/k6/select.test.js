import assert from 'node:assert/strict';
import test from 'node:test';

import { weightedChoice } from '../../k6/lib/select.js';

// A small seeded generator (mulberry32), so that the statistics are the same in every run.
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function drawn(weights, draws) {
  const choose = weightedChoice(weights.keys(), (index) => weights[index]);
  const random = seeded(42);
  const counts = weights.map(() => 0);
  for (let draw = 0; draw < draws; draw += 1) {
    counts[choose(random())] += 1;
  }
  return counts;
}

test('weights are relative probabilities (chi-squared over 50,000 choices)', () => {
  const weights = [10, 10, 1, 6, 3, 4, 1, 1, 0.5, 3.5];
  const draws = 50_000;
  const total = weights.reduce((sum, weight) => sum + weight);
  const chiSquared = drawn(weights, draws).reduce((sum, count, index) => {
    const expected = (draws * weights[index]) / total;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
  assert.ok(chiSquared < 21.67, `chi-squared ${chiSquared} is above the 99 % point of 9 degrees of freedom`);
});

test('a weight of 0 is never chosen, wherever it stands', () => {
  const counts = drawn([0, 3, 0, 1, 0], 10_000);
  assert.deepEqual([counts[0], counts[2], counts[4]], [0, 0, 0]);
});

test('the edges of the random number choose the first and the last', () => {
  const choose = weightedChoice(['first', 'middle', 'last'], () => 1);
  assert.deepEqual([choose(0), choose(1 - 2 ** -53)], ['first', 'last']);
});

test('nothing to choose from is an error', () => {
  assert.throws(() => weightedChoice([1, 2], () => 0), /no weight is above 0/);
});
