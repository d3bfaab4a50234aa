/** Chart data as a table, for CSV files and for screen readers. */
import { plannedAt } from "../model/start/plan";
import type { ChartData } from "./data";
import type { ChartSpec } from "./specs";

export interface Table {
  /** Field names of the API, including their units. */
  head: string[];
  rows: (number | null)[][];
}

type Source = Pick<ChartData, "timeline" | "plan" | "steered">;

/** Returns all windows, or `maxRows` evenly spaced ones. */
export function tableOf(spec: ChartSpec, { timeline, plan, steered }: Source, maxRows = Infinity): Table {
  const fields = spec.series.map(({ field }) => field);
  const curves = curvesOf(spec, plan, steered);
  const size = Math.min(maxRows, timeline.length);
  const step = size > 1 ? (timeline.length - 1) / (size - 1) : 0;
  const rows = Array.from({ length: size }, (_, i) => {
    const index = Math.round(i * step);
    const at = timeline.at("elapsed_s", index);
    const values = fields.map((field) => timeline.at(field, index));
    return [at, ...values, ...curves.map(([, curve]) => roundVus(plannedAt(curve, at ?? 0)))];
  });
  return { head: ["elapsed_s", ...fields, ...curves.map(([name]) => name)], rows };
}

function curvesOf(spec: ChartSpec, plan: Source["plan"], steered: Source["steered"]): [string, Source["plan"]][] {
  if (!spec.plan) return [];
  return [
    ...(steered.length > 0 ? ([["vus_steered", steered]] as [string, Source["plan"]][]) : []),
    ["vus_planned", plan],
  ];
}

/** Rounds interpolated values to three decimals. */
const roundVus = (vus: number | null) => (vus === null ? null : Math.round(vus * 1_000) / 1_000);

/** Returns CSV with one line per window. Missing values are empty. */
export function csvOf({ head, rows }: Table): string {
  const lines = rows.map((row) => row.map((value) => value ?? "").join(","));
  return [head.join(","), ...lines, ""].join("\r\n");
}
