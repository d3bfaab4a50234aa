// Random choice by weight. Weights are relative probabilities. Pure.
//
// Items are sorted by weight, so that a few classes describe the weights of thousands of items. Each virtual user keeps
// its own copy of these weights, so they must be small.

/** @typedef {import('../types.js').WeightClass} WeightClass */

const NOTHING_TO_CHOOSE = 'nothing to choose from: at least one weight must be above 0';

/**
 * Returns the items, those with the largest weight first, and the classes of equal weights. Items with weight 0 come
 * last and belong to no class.
 * @template T
 * @param {T[]} items
 * @param {(item: T) => number} weightOf
 * @returns {{sorted: T[], classes: WeightClass[]}}
 */
export function sortByWeight(items, weightOf) {
  const sorted = [...items].sort((a, b) => weightOf(b) - weightOf(a));
  /** @type {WeightClass[]} */
  const classes = [];
  for (const item of sorted) {
    const weight = weightOf(item);
    const last = classes[classes.length - 1];
    if (last?.weight === weight) {
      last.count += 1;
    } else if (weight > 0) {
      classes.push({ weight, count: 1 });
    }
  }
  return { sorted, classes };
}

/**
 * Returns choose(random), which expects a random number in [0, 1) and returns the position of a sorted item.
 * @param {WeightClass[]} classes
 * @returns {(random: number) => number}
 */
export function weightedChoice(classes) {
  if (classes.length === 0) {
    throw new Error(NOTHING_TO_CHOOSE);
  }
  let total = 0;
  let count = 0;
  const ranges = classes.map((each) => {
    const range = { from: total, until: total + each.weight * each.count, weight: each.weight, first: count, last: 0 };
    total = range.until;
    count += each.count;
    range.last = count - 1;
    return range;
  });
  const lastRange = ranges.length - 1;
  // This runs for every request.
  return (random) => {
    const value = random * total;
    let low = 0;
    let high = lastRange;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ranges[middle].until > value) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    const range = ranges[low];
    const position = range.first + (((value - range.from) / range.weight) | 0);
    return position > range.last ? range.last : position; // a quotient may be rounded up to the next item
  };
}
