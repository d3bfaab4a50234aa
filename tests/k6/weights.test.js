import assert from 'node:assert/strict';
import test from 'node:test';

import { sortByWeight, weightedChoice } from '../../k6/lib/common/weights.js';

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

// Returns choose(random), which returns the index of a weight.
function chooser(weights) {
  const { sorted, classes } = sortByWeight([...weights.keys()], (index) => weights[index]);
  const choose = weightedChoice(classes);
  return (random) => sorted[choose(random)];
}

function countChoices(weights, draws) {
  const choose = chooser(weights);
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
  for (const weights of [[1], [1, 1, 1], [3, 2, 1], [0.1, 0.1, 0.1, 0.1, 0.1, 0.1], [5, 5, 0.3, 0.3, 0.3, 0]]) {
    const { classes } = sortByWeight(weights, (weight) => weight);
    const choose = weightedChoice(classes);
    const last = weights.filter((weight) => weight > 0).length - 1;
    assert.deepEqual([choose(0), choose(1 - 2 ** -53)], [0, last]);
  }
});

test('thousands of items with three weights need three classes', () => {
  const weights = Array.from({ length: 5000 }, (_, index) => (index % 4) / 2);
  const { sorted, classes } = sortByWeight(weights, (weight) => weight);
  assert.deepEqual(classes, [
    { weight: 1.5, count: 1250 },
    { weight: 1, count: 1250 },
    { weight: 0.5, count: 1250 },
  ]);
  assert.equal(sorted.length, 5000);
});

test('weights that are all 0 are rejected', () => {
  assert.throws(() => chooser([0, 0]), /nothing to choose from/);
});
