// Random choice by weight. Weights are relative probabilities. Pure.

/**
 * Returns choose(random), which expects a random number in [0, 1). Items with weight 0 are never chosen.
 * @template T
 * @param {Iterable<T>} items
 * @param {(item: T) => number} weightOf
 * @returns {(random: number) => T}
 */
export function weightedChoice(items, weightOf) {
  /** @type {number[]} */
  const bounds = [];
  /** @type {T[]} */
  const candidates = [];
  let total = 0;
  for (const item of items) {
    const weight = weightOf(item);
    if (weight > 0) {
      total += weight;
      bounds.push(total);
      candidates.push(item);
    }
  }
  if (candidates.length === 0) {
    throw new Error('nothing to choose from: at least one weight must be above 0');
  }
  const last = bounds.length - 1;
  return (random) => {
    const value = random * total;
    let low = 0;
    let high = last;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (bounds[middle] > value) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return candidates[low];
  };
}
