/** Expected values come from the server's histogram of the same durations. */
import { expect, test } from "vitest";

import { Histogram } from "./histogram";

// Histogram of the durations 0, 3, 12, 13, 20, 90, 90, 400, 1,700 and 6,200 ms.
const PACKED = [1, 8.528, -67, 1, 16, 1, 1, 1, 5, 1, 18, 2, 17, 1, 17, 1, 15, 1];

function histogram(): Histogram {
  const result = new Histogram();
  result.add(PACKED);
  return result;
}

test("quantiles equal those of the server", () => {
  const quantiles = [0.5, 0.75, 0.9, 0.95, 0.99].map((q) => histogram().quantile(q));
  const server = [0.054863914374856805, 0.3255476314216324, 2.2248230771156696, 4.33339220245634, 6.020247502728883];
  for (const [i, value] of server.entries()) expect(quantiles[i]).toBeCloseTo(value, 12);
});

test("mean, edges and counts equal those of the server", () => {
  const sample = histogram();
  expect(sample.count).toBe(10);
  expect(sample.mean).toBeCloseTo(0.8528, 9);
  expect([sample.minEdge, sample.maxEdge]).toEqual([0, 6.727171322029716]);
  expect(sample.countUpTo(0.1)).toBeCloseTo(7.0, 9);
  expect(sample.countUpTo(0.095)).toBeCloseTo(6.665141178701774, 9);
});

test("merging adds all values", () => {
  const twice = histogram();
  twice.merge(histogram());
  expect(twice.count).toBe(20);
  expect(twice.quantile(0.5)).not.toBeNull();
  expect(twice.mean).toBeCloseTo(histogram().mean ?? 0, 9);
});

test("an empty histogram has no figures", () => {
  const empty = new Histogram();
  expect([empty.count, empty.mean, empty.minEdge, empty.maxEdge, empty.quantile(0.5)]).toEqual([
    0,
    null,
    null,
    null,
    null,
  ]);
});
