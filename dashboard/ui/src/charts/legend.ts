/** What a chart's legend says of one window. */
import { clock } from "../model/format";
import { plannedAt } from "../model/plan";
import type { Scene } from "./draw";
import type { ChartSpec } from "./specs";

export interface Item {
  name: string;
  colour: string;
  dashed: boolean;
  value: string;
}

export interface Reading {
  items: Item[];
  /** Time of the window. */
  at_s: number;
  /** The same in words; empty when there is no window. */
  when: string;
}

/** Of the window under the cursor, else of the newest. */
export function readingOf(spec: ChartSpec, scene: Pick<Scene, "timeline" | "plan" | "plannedS" | "live">, cursor: number | null): Reading {
  const { timeline, plan } = scene;
  const place = cursor ?? timeline.length - 1;
  const at_s = timeline.at("elapsed_s", place) ?? 0;
  const items = spec.series.map(({ name, colour, field, show }): Item => ({
    name,
    colour,
    dashed: false,
    value: show(timeline.at(field, place)).value,
  }));
  if (spec.plan) {
    const planned = plannedAt(plan, Math.min(at_s, scene.plannedS));
    items.push({ name: "planned", colour: "m-load", dashed: true, value: planned === null ? "—" : String(Math.round(planned)) });
  }
  const when = timeline.length === 0 ? "" : cursor !== null ? `at ${clock(at_s)}` : scene.live ? "now" : "at the end";
  return { items, at_s, when };
}

export const readingWords = ({ items, when }: Reading): string =>
  when === "" ? "no window yet" : `${when}: ${items.map(({ name, value }) => `${name} ${value}`).join(", ")}`;
