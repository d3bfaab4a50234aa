/** Charts of the HTTP page: phases of a request, transferred data, and iterations over time. */
import { bytes, bytesPerSecond, millis, text } from "../model/display/format";
import type { Field, Timeline } from "../model/series/timeline";
import type { Color } from "./palette";
import type { ChartSpec, SeriesSpec } from "./specs";

const mean = (field: Field, name: string, color: Color): SeriesSpec => ({
  field,
  name,
  color,
  width: 1.5,
  show: millis,
  end: (value) => `${name} ${value}`,
});

const transferred = (field: Field, name: string, color: Color): SeriesSpec => ({
  ...mean(field, name, color),
  show: bytesPerSecond,
});

/** The colors match those of TimeSplit.svelte. */
const PHASES: ChartSpec = {
  key: "phases",
  title: "Phases of a request",
  unit: "mean, ms",
  leftUnit: "ms",
  series: [
    mean("blocked_ms", "blocked", "s1"),
    mean("connecting_ms", "connecting", "s2"),
    mean("tls_handshaking_ms", "TLS", "s3"),
    mean("sending_ms", "sending", "s4"),
    mean("ttfb_ms", "waiting", "s5"),
    mean("receiving_ms", "receiving", "s6"),
  ],
  limits: [],
};

const DATA: ChartSpec = {
  key: "data",
  title: "Data transferred",
  unit: "per second",
  leftUnit: "",
  series: [transferred("received_per_s", "received", "m-rate"), transferred("sent_per_s", "sent", "m-p95")],
  limits: [],
  axisText: (value) => text(bytes(value)),
};

const ITERATIONS: ChartSpec = {
  key: "iterations",
  title: "Iteration duration",
  unit: "mean, ms",
  leftUnit: "ms",
  series: [{ ...mean("iteration_ms", "mean", "m-p95"), width: 2 }],
  limits: [],
};

/** Returns the charts that have data. Runs of earlier versions have no times of phases and iterations. */
export const httpCharts = (timeline: Timeline): ChartSpec[] =>
  [PHASES, DATA, ITERATIONS].filter(({ series: [first] }) =>
    timeline.columns[first?.field ?? "rps"].some((value) => value !== null),
  );
