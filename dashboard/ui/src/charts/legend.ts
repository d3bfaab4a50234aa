/** Legend of a chart: the values of one window. */
import { clock, text } from "../model/display/format";
import { plannedAt } from "../model/start/plan";
import { type ChartData, PLANNED, STEERED, shownLength } from "./data";
import type { ChartSpec } from "./specs";

export interface Item {
  /** Identifies the series: its field, or the name of a planned or steered curve. */
  key: string;
  name: string;
  color: string;
  dashed: boolean;
  value: string;
  hidden: boolean;
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
  data: Pick<ChartData, "timeline" | "plan" | "steered" | "plannedS" | "live" | "hidden" | "zoomed" | "range">,
  cursor: number | null,
): Reading {
  const { timeline, plan, hidden, zoomed, range } = data;
  const zoomedTo = zoomed && range ? timeline.nearest(range.to_s) : null;
  const index = cursor ?? zoomedTo ?? shownLength(data) - 1;
  const at_s = timeline.at("elapsed_s", index) ?? 0;
  const items = spec.series.map(({ name, color, field, show }): Item => {
    const shown = show(timeline.at(field, index));
    const value = spec.axisText ? text(shown) : shown.value;
    return { key: field, name, color, dashed: false, value, hidden: hidden.has(field) };
  });
  if (spec.plan) {
    if (data.steered.length > 0) items.push(curveItem(STEERED, plannedAt(data.steered, at_s), hidden));
    items.push(curveItem(PLANNED, plannedAt(plan, Math.min(at_s, data.plannedS)), hidden));
  }
  const isAtEnd = cursor === null && zoomedTo === null;
  const when = timeline.length === 0 ? "" : !isAtEnd ? `at ${clock(at_s)}` : data.live ? "now" : "at the end";
  return { items, at_s, when };
}

const curveItem = (name: string, value: number | null, hidden: ReadonlySet<string>): Item => ({
  key: name,
  name,
  color: "m-load",
  dashed: name === PLANNED,
  value: value === null ? "—" : String(Math.round(value)),
  hidden: hidden.has(name),
});

export const readingText = ({ items, when }: Reading): string =>
  when === ""
    ? "no data yet"
    : `${when}: ${items
        .filter(({ hidden }) => !hidden)
        .map(({ name, value }) => `${name} ${value}`)
        .join(", ")}`;

/**
 * Returns the hidden series after a click on the series `key`, one of `keys`. A click hides all other series. A click with
 * Shift hides or shows only that series. When no other series is shown, any click shows all.
 */
export function hiddenAfterClick(
  hidden: ReadonlySet<string>,
  keys: readonly string[],
  key: string,
  shift: boolean,
): ReadonlySet<string> {
  const others = keys.filter((other) => other !== key);
  const isAlone = !hidden.has(key) && others.every((other) => hidden.has(other));
  if (isAlone) return new Set();
  if (!shift) return new Set(others);
  return hidden.has(key) ? new Set([...hidden].filter((other) => other !== key)) : new Set([...hidden, key]);
}
