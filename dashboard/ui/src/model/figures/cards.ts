/** The cards of a run, in display order. */
import type { Breakdown, RunRecord } from "../../api/types";
import { type Delta, deltaOf, desiredDirection } from "../comparison/delta";
import {
  type Maybe,
  type Formatted,
  bytes,
  count,
  millis,
  percent,
  rate,
  score,
  compact,
  text,
} from "../display/format";
import type { Column, Field, Timeline } from "../series/timeline";

export interface Card {
  name: string;
  value: Formatted;
  /** The latest window of a live run, or a second figure; may be empty. */
  note: string;
  sparkline: Column;
  /** Difference from the baseline; null without a baseline. */
  delta: Delta | null;
}

type Figure = (breakdown: Breakdown) => Maybe;

interface Definition {
  name: string;
  figure: Figure;
  /** Key of the figure in the run record, for the comparison. */
  metric: string;
  show: (value: Maybe) => Formatted;
  field: Field | null;
  /** Shown as the note instead of the latest window. */
  secondary?: (breakdown: Breakdown) => string;
}

const CARDS: Definition[] = [
  { name: "Requests", metric: "total_reqs", figure: (d) => d.figures.total_reqs, show: count, field: "requests" },
  { name: "RPS, mean", metric: "rps", figure: (d) => d.figures.rps, show: rate, field: "rps" },
  { name: "Errors", metric: "error_rate", figure: (d) => d.figures.error_rate, show: percent, field: "error_rate" },
  { name: "Average", metric: "avg_ms", figure: (d) => d.figures.avg_ms, show: millis, field: "avg_ms" },
  { name: "p95", metric: "p95_ms", figure: (d) => d.figures.p95_ms, show: millis, field: "p95_ms" },
  { name: "p99", metric: "p99_ms", figure: (d) => d.figures.p99_ms, show: millis, field: "p99_ms" },
  { name: "Apdex", metric: "apdex_score", figure: (d) => d.figures.apdex_score, show: score, field: "apdex_score" },
  { name: "Checks", metric: "checks_rate", figure: (d) => d.figures.checks_rate, show: percent, field: "checks_rate" },
  { name: "TTFB, mean", metric: "ttfb_ms", figure: (d) => d.figures.ttfb_ms, show: millis, field: "ttfb_ms" },
  {
    name: "Data in",
    metric: "data_received_bytes",
    figure: (d) => d.totals.data_received_bytes,
    show: bytes,
    field: "data_received_bytes",
    secondary: (d) => `out: ${text(bytes(d.totals.data_sent_bytes))}`,
  },
  {
    name: "Connection reuse",
    metric: "connection_reuse_rate",
    figure: (d) => d.totals.connection_reuse_rate,
    show: percent,
    field: null,
    secondary: () => "of answered requests",
  },
];

const SPARKLINE_POINTS = 48;

export interface CardInput {
  /** Figures of the run or of the selected range. */
  breakdown: Breakdown;
  timeline: Timeline;
  live: boolean;
  /** The selected range, if any. */
  range: { from_s: number; to_s: number } | null;
  /** Figures of the whole run, shown next to those of the range. */
  whole: Breakdown | null;
  baseline?: RunRecord | null;
  /** Whether the percentiles of both runs come from all samples. */
  exact?: boolean;
}

export function cardsOf(input: CardInput): Card[] {
  const { timeline, range, live } = input;
  const span: [number, number] = range ? timeline.between(range.from_s, range.to_s) : [0, timeline.shownLength(live)];
  const cards = CARDS.map((definition) => ({
    name: definition.name,
    value: definition.show(definition.figure(input.breakdown)),
    note: noteOf(definition, input),
    sparkline: definition.field ? timeline.sample(definition.field, SPARKLINE_POINTS, span) : [],
    delta: range ? null : deltaToBaseline(definition, input),
  }));
  cards.splice(2, 0, usersCard(input, span));
  return cards;
}

/** Counts of a live run are always lower than those of a finished baseline, so they are not compared. */
function deltaToBaseline(
  { metric, figure }: Definition,
  { breakdown, live, baseline, exact }: CardInput,
): Delta | null {
  if (!baseline || (live && desiredDirection(metric) === 0)) return null;
  return deltaOf(metric, figure(breakdown), baseline[metric as keyof RunRecord] as Maybe, exact);
}

function noteOf(
  { figure, show, field, secondary }: Definition,
  { breakdown, timeline, live, range, whole }: CardInput,
): string {
  if (range) return whole ? `whole run: ${text(show(figure(whole)))}` : "";
  if (secondary) return secondary(breakdown);
  const window = timeline.last("window_s");
  if (!live || !field || window === null) return "";
  return `last ${window.toFixed(0)} s: ${text(show(timeline.last(field)))}`;
}

/** Users are a gauge: a live run shows the current number, other runs the peak. */
function usersCard({ timeline, live, range }: CardInput, span: [number, number]): Card {
  const peak = (values: Column) =>
    values.reduce<number | null>((max, value) => (value === null ? max : Math.max(max ?? 0, value)), null);
  const field = timeline.last("busy_vus") === null ? "vus" : "busy_vus"; // idle users send no requests
  const max = peak(timeline.columns[field].slice(...span));
  const now = live && !range;
  return {
    name: now ? "VUs now" : "VUs, peak",
    value: count(now ? timeline.last(field) : max),
    note: now
      ? `peak: ${text(compact(max))}`
      : range
        ? `whole run: ${text(compact(peak(timeline.columns[field])))}`
        : "",
    sparkline: timeline.sample(field, SPARKLINE_POINTS, span),
    delta: null,
  };
}
