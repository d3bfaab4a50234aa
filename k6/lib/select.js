// Choosing by weight: weights are relative probabilities, not repetitions.

// Returns choose(random) for a random number in [0, 1).
export function weightedChoice(items, weightOf) {
  const edges = [];
  const chosen = [];
  let total = 0;
  for (const item of items) {
    const weight = weightOf(item);
    if (weight > 0) {
      total += weight;
      edges.push(total);
      chosen.push(item);
    }
  }
  if (chosen.length === 0) {
    throw new Error('no weight is above 0, so there is nothing to choose from');
  }
  const last = edges.length - 1;
  return (random) => {
    const value = random * total;
    let low = 0;
    let high = last;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (edges[middle] > value) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return chosen[low];
  };
}
