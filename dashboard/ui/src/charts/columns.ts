/** A chart's data as a table: for a file, and for those who do not see the lines. */
import { plannedAt } from "../model/start/plan";
import type { ChartData } from "./draw";
import type { ChartSpec } from "./specs";

export interface Table {
  /** Field names of the API, which carry their units. */
  head: string[];
  rows: (number | null)[][];
}

type Source = Pick<ChartData, "timeline" | "plan" | "steered">;

/** All windows, or `most` of them evenly taken. */
export function tableOf(spec: ChartSpec, { timeline, plan, steered }: Source, most = Infinity): Table {
  const fields = spec.series.map(({ field }) => field);
  const curves = curvesOf(spec, plan, steered);
  const size = Math.min(most, timeline.length);
  const step = size > 1 ? (timeline.length - 1) / (size - 1) : 0;
  const rows = Array.from({ length: size }, (_, i) => {
    const place = Math.round(i * step);
    const at = timeline.at("elapsed_s", place);
    const values = fields.map((field) => timeline.at(field, place));
    return [at, ...values, ...curves.map(([, curve]) => rounded(plannedAt(curve, at ?? 0)))];
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

/** The plan is a line between corners: its digits beyond three say nothing. */
const rounded = (vus: number | null) => (vus === null ? null : Math.round(vus * 1_000) / 1_000);

/** Comma-separated, one line a window; what is missing is empty. */
export function csvOf({ head, rows }: Table): string {
  const lines = rows.map((row) => row.map((value) => value ?? "").join(","));
  return [head.join(","), ...lines, ""].join("\r\n");
}
