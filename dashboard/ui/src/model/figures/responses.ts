/** Responses by status class, and latency by bucket. */
import type { Bucket, Figures } from "../../api/types";

export interface StatusClass {
  key: string;
  name: string;
  meaning: string;
  count: number;
  color: string;
}

export function statusClasses(figures: Figures): StatusClass[] {
  const entry = (key: keyof Figures, name: string, meaning: string, color: string): StatusClass => ({
    key,
    name,
    meaning,
    color: `var(--${color})`,
    count: figures[key] ?? 0,
  });
  return [
    entry("status_2xx", "2xx", "success", "m-rate"),
    entry("status_3xx", "3xx", "redirect", "m-load"),
    entry("status_4xx", "4xx", "client error", "warn"),
    entry("status_5xx", "5xx", "server error", "bad"),
    entry("status_0", "none", "no response", "text-3"),
    ...(figures.status_1xx > 0 ? [entry("status_1xx", "1xx", "informational", "info")] : []),
    ...(figures.status_other > 0 ? [entry("status_other", "other", "600 and above", "info")] : []),
  ];
}

export interface Bar {
  label: string;
  count: number;
  /** Share of all responses; null without any. */
  share: number | null;
  /** Relative to the longest bar. */
  length: number;
}

export function histogramBars(buckets: readonly Bucket[]): Bar[] {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  const max = Math.max(1, ...buckets.map(({ count }) => count));
  return buckets.map(({ le_ms, count }, i) => ({
    label:
      le_ms === null
        ? `> ${(buckets[i - 1]?.le_ms ?? 0).toLocaleString("en-US")}`
        : `≤ ${le_ms.toLocaleString("en-US")}`,
    count,
    share: total ? count / total : null,
    length: count / max,
  }));
}
