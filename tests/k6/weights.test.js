import assert from 'node:assert/strict';
import test from 'node:test';

import { weightedChoice } from '../../k6/lib/load/weights.js';

// A seeded generator (mulberry32), so that every run has the same statistics.
function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function countChoices(weights, draws) {
  const choose = weightedChoice(weights.keys(), (index) => weights[index]);
  const random = seededRandom(42);
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
  const chiSquared = countChoices(weights, draws).reduce((sum, count, index) => {
    const expected = (draws * weights[index]) / total;
    return sum + (count - expected) ** 2 / expected;
  }, 0);
  assert.ok(chiSquared < 21.67, `chi-squared ${chiSquared} exceeds the 99th percentile for 9 degrees of freedom`);
});

test('an item with weight 0 is never chosen, in any position', () => {
  const counts = countChoices([0, 3, 0, 1, 0], 10_000);
  assert.deepEqual([counts[0], counts[2], counts[4]], [0, 0, 0]);
});

test('the bounds of the random number choose the first and the last item', () => {
  const choose = weightedChoice(['first', 'middle', 'last'], () => 1);
  assert.deepEqual([choose(0), choose(1 - 2 ** -53)], ['first', 'last']);
});

test('weights that are all 0 are rejected', () => {
  assert.throws(() => weightedChoice([1, 2], () => 0), /nothing to choose from/);
});
