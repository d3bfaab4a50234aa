/** The noise band, as the server applies it: a change within the band does not count as a difference. */
const NOISE = 0.05;
/** Twice the error of the histogram: a value may lie anywhere in its bucket, which is 9% wide. */
const HISTOGRAM_NOISE = 0.09;
const MIN_SHARE_CHANGE = 0.0001;
const PERCENTILES = new Set(["p50_ms", "p75_ms", "p90_ms", "p95_ms", "p99_ms", "min_ms", "max_ms", "success_p95_ms"]);

export const SHARES = new Set(["error_rate", "checks_rate", "connection_reuse_rate"]);
export const NOISE_TEXT =
  "≈ same: a change of at most 5%, or 9% for percentiles from histograms (twice the error of the histogram).";

/** Returns whether the change lies within the band. `exact`: percentiles do not come from histograms. */
export function isNoise(metric: string, value: number, base: number, exact = false): boolean {
  const change = Math.abs(value - base);
  if (SHARES.has(metric) && change < MIN_SHARE_CHANGE) return true;
  const band = PERCENTILES.has(metric) && !exact ? HISTOGRAM_NOISE : NOISE;
  // The share of passed checks is near 1: 5% of it would hide failures. The band is a percentage of the failed share.
  return change <= (metric === "checks_rate" ? 1 - base : Math.abs(base)) * band;
}
