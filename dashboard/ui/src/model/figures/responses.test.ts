import { describe, expect, it } from "vitest";

import { figures } from "../../test/factories";
import { histogramBars, statusClasses } from "./responses";

describe("responses", () => {
  it("have the status classes 2xx to 5xx, and one for requests without a response", () => {
    expect(statusClasses(figures()).map(({ name }) => name)).toEqual(["2xx", "3xx", "4xx", "5xx", "none"]);
  });

  it("have latency buckets with their share of all responses", () => {
    const bars = histogramBars([
      { le_ms: 50, count: 30 },
      { le_ms: 1_000, count: 10 },
      { le_ms: null, count: 0 },
    ]);
    expect(bars.map(({ label }) => label)).toEqual(["≤ 50", "≤ 1,000", "> 1,000"]);
    expect(bars.map(({ share }) => share)).toEqual([0.75, 0.25, 0]);
  });
});
