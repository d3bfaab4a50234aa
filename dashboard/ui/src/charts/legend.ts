/** Legend of a chart: the values of one window. */
import { clock } from "../model/display/format";
import { plannedAt } from "../model/start/plan";
import type { ChartData } from "./draw";
import type { ChartSpec } from "./specs";

export interface Item {
  name: string;
  color: string;
  dashed: boolean;
  value: string;
}

export interface Reading {
  items: Item[];
  /** End of the window. */
  at_s: number;
  /** "now", "at 1:30" or "at the end"; empty without a window. */
  when: string;
}

/** Returns the values at the cursor, or those of the latest window. */
export function readingOf(
  spec: ChartSpec,
  data: Pick<ChartData, "timeline" | "plan" | "steered" | "plannedS" | "live">,
  cursor: number | null,
): Reading {
  const { timeline, plan } = data;
  const index = cursor ?? timeline.length - 1;
  const at_s = timeline.at("elapsed_s", index) ?? 0;
  const items = spec.series.map(({ name, color, field, show }): Item => ({
    name,
    color,
    dashed: false,
    value: show(timeline.at(field, index)).value,
  }));
  if (spec.plan) {
    if (data.steered.length > 0) items.push(curveItem("requested", plannedAt(data.steered, at_s), false));
    items.push(curveItem("planned", plannedAt(plan, Math.min(at_s, data.plannedS)), true));
  }
  const when = timeline.length === 0 ? "" : cursor !== null ? `at ${clock(at_s)}` : data.live ? "now" : "at the end";
  return { items, at_s, when };
}

const curveItem = (name: string, value: number | null, dashed: boolean): Item => ({
  name,
  color: "m-load",
  dashed,
  value: value === null ? "—" : String(Math.round(value)),
});

export const readingText = ({ items, when }: Reading): string =>
  when === "" ? "no data yet" : `${when}: ${items.map(({ name, value }) => `${name} ${value}`).join(", ")}`;
