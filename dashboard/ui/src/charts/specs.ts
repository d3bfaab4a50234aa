/** Specifications of the charts of a run and of an operation. */
import type { Slo } from "../api/types";
import { type Maybe, type Formatted, count, millis, rate } from "../model/display/format";
import { limitText, sloName } from "../model/slo/slo";
import type { Field } from "../model/series/timeline";
import type { Color } from "./palette";

export interface SeriesSpec {
  field: Field;
  name: string;
  color: Color;
  width: number;
  right?: boolean;
  fill?: number;
  show: (value: Maybe) => Formatted;
  /** Label at the line end of a live run. */
  end: (value: string) => string;
  /** Above this value, the area between line and limit is filled. */
  limit?: number;
}

export interface LimitLine {
  value: number;
  label: string;
}

export interface ChartSpec {
  key: string;
  title: string;
  /** Shown next to the title. */
  unit: string;
  leftUnit: string;
  rightUnit?: string;
  series: SeriesSpec[];
  limits: LimitLine[];
  /** Fills the area between neighboring series. */
  fan?: boolean;
  /** Draws the planned curve. */
  plan?: boolean;
  /** The axis has only whole numbers. */
  whole?: boolean;
  /** Formats the values of the left axis. If set, the legend also shows each value with its unit, such as kB or MB. */
  axisText?: (value: Maybe) => string;
}

const percentile = (name: "p50" | "p75" | "p95" | "p99", color: Color): Omit<SeriesSpec, "width"> => ({
  field: `${name}_ms`,
  name,
  color,
  show: millis,
  end: (value) => `${name} ${value}`,
});

const VUS: SeriesSpec = {
  field: "vus",
  name: "VUs",
  color: "m-load",
  width: 1.5,
  show: count,
  end: (value) => `${value} VUs`,
};
const RPS: SeriesSpec = {
  field: "rps",
  name: "RPS",
  color: "m-rate",
  width: 2,
  fill: 0.1,
  show: rate,
  end: (value) => `${value} rps`,
};
const P95: SeriesSpec = { ...percentile("p95", "m-p95"), width: 2 };
const P99: SeriesSpec = { ...percentile("p99", "m-p99"), width: 1.5 };

const THROUGHPUT: ChartSpec = {
  key: "throughput",
  title: "Throughput and load",
  unit: "rps, VUs",
  leftUnit: "rps",
  rightUnit: "VUs",
  series: [RPS, { ...VUS, right: true }],
  limits: [],
};

const SPREAD: ChartSpec = {
  key: "spread",
  title: "Latency spread",
  unit: "ms",
  leftUnit: "ms",
  series: [{ ...percentile("p50", "m-p50"), width: 1.25 }, { ...percentile("p75", "m-p75"), width: 1.25 }, P95, P99],
  limits: [],
  fan: true,
};

const USERS: ChartSpec = {
  key: "users",
  title: "Virtual users",
  unit: "planned and actual",
  leftUnit: "VUs",
  series: [{ ...VUS, name: "actual", color: "text", width: 2, fill: 0.06 }],
  limits: [],
  plan: true,
  whole: true,
};

/** A steerable run has idle users, so its charts show the busy ones. */
const STEERED_THROUGHPUT: ChartSpec = { ...THROUGHPUT, series: [RPS, { ...VUS, field: "busy_vus", right: true }] };

const STEERED_USERS: ChartSpec = {
  ...USERS,
  unit: "planned, requested and busy",
  series: [{ ...VUS, field: "busy_vus", name: "busy", color: "text", width: 2, fill: 0.06 }],
};

/** Charts of one operation. */
export const OP_CHARTS: readonly ChartSpec[] = [
  {
    key: "op-latency",
    title: "Latency",
    unit: "ms",
    leftUnit: "ms",
    series: [{ ...percentile("p50", "m-p50"), width: 1.25 }, P95, P99],
    limits: [],
  },
  {
    key: "op-rate",
    title: "Throughput",
    unit: "rps",
    leftUnit: "rps",
    series: [RPS],
    limits: [],
  },
];

export function runCharts(slos: readonly Slo[], steersUsers = false): ChartSpec[] {
  const limits = slos.filter(({ key }) => key === "p95_ms" || key === "p99_ms");
  const limitOf = (key: string) => limits.find((slo) => slo.key === key)?.limit;
  const tail = [P95, P99].map((series) => {
    const limit = limitOf(series.field);
    return limit === undefined ? series : { ...series, limit };
  });
  const latency: ChartSpec = {
    key: "limits",
    title: limits.length > 0 ? "Latency and SLOs" : "Tail latency",
    unit: "ms",
    leftUnit: "ms",
    series: tail,
    limits: limits.map(({ key, limit }) => ({ value: limit, label: `SLO ${sloName(key)} ${limitText(key, limit)}` })),
  };
  return steersUsers ? [STEERED_THROUGHPUT, SPREAD, latency, STEERED_USERS] : [THROUGHPUT, SPREAD, latency, USERS];
}
