/** The cards of a run: which figures, in which order, what stands large and what stands small. */
import type { Breakdown, RunRecord } from "../../api/types";
import { type Delta, deltaOf, goodOf } from "../comparison/delta";
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
  large: Formatted;
  /** The newest window while live, else a second figure; empty when there is none. */
  small: string;
  line: Column;
  /** Against the baseline, where one was given. */
  delta: Delta | null;
}

type Figure = (breakdown: Breakdown) => Maybe;

interface Definition {
  name: string;
  figure: Figure;
  /** Its name in the record, for the comparison. */
  metric: string;
  show: (value: Maybe) => Formatted;
  field: Field | null;
  /** What the small line says instead of the newest window. */
  beside?: (breakdown: Breakdown) => string;
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
  { name: "First byte, mean", metric: "ttfb_ms", figure: (d) => d.figures.ttfb_ms, show: millis, field: "ttfb_ms" },
  {
    name: "Data in",
    metric: "data_received_bytes",
    figure: (d) => d.totals.data_received_bytes,
    show: bytes,
    field: "data_received_bytes",
    beside: (d) => `out ${text(bytes(d.totals.data_sent_bytes))}`,
  },
  {
    name: "Connection reuse",
    metric: "connection_reuse_rate",
    figure: (d) => d.totals.connection_reuse_rate,
    show: percent,
    field: null,
    beside: () => "of answered",
  },
];

const POINTS = 48;

export interface Basis {
  /** Of the run so far, or of the range. */
  breakdown: Breakdown;
  timeline: Timeline;
  live: boolean;
  /** The selected range and the figures of the whole run beside it. */
  range: { from_s: number; to_s: number } | null;
  whole: Breakdown | null;
  /** The baseline, for figures of the whole run. */
  against?: RunRecord | null;
}

export function cardsOf(basis: Basis): Card[] {
  const { timeline, range } = basis;
  const stretch: [number, number] = range ? timeline.between(range.from_s, range.to_s) : [0, timeline.length];
  const cards = CARDS.map((definition) => ({
    name: definition.name,
    large: definition.show(definition.figure(basis.breakdown)),
    small: smallOf(definition, basis),
    line: definition.field ? timeline.sample(definition.field, POINTS, stretch) : [],
    delta: range ? null : againstOf(definition, basis),
  }));
  cards.splice(2, 0, usersCard(basis, stretch));
  return cards;
}

/** While a run goes on its counts are behind by nature. */
function againstOf({ metric, figure }: Definition, { breakdown, live, against }: Basis): Delta | null {
  if (!against || (live && goodOf(metric) === 0)) return null;
  return deltaOf(metric, figure(breakdown), against[metric as keyof RunRecord] as Maybe);
}

function smallOf(
  { figure, show, field, beside }: Definition,
  { breakdown, timeline, live, range, whole }: Basis,
): string {
  if (range) return whole ? `whole run ${text(show(figure(whole)))}` : "";
  if (beside) return beside(breakdown);
  const window = timeline.last("window_s");
  if (!live || !field || window === null) return "";
  return `last ${window.toFixed(0)} s ${text(show(timeline.last(field)))}`;
}

/** Users are a state, not a sum: now while live, else the most of them. */
function usersCard({ timeline, live, range }: Basis, stretch: [number, number]): Card {
  const peak = (values: Column) =>
    values.reduce<number | null>((max, value) => (value === null ? max : Math.max(max ?? 0, value)), null);
  const field = timeline.last("busy_vus") === null ? "vus" : "busy_vus"; // parked users are not at work
  const most = peak(timeline.columns[field].slice(...stretch));
  const now = live && !range;
  return {
    name: now ? "VUs now" : "VUs, peak",
    large: count(now ? timeline.last(field) : most),
    small: now
      ? `peak ${text(compact(most))}`
      : range
        ? `whole run ${text(compact(peak(timeline.columns[field])))}`
        : "",
    line: timeline.sample(field, POINTS, stretch),
    delta: null,
  };
}
