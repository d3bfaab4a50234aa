/** Chart data of a run. The lines may be those of one operation. */
import type { Range } from "../api/types";
import type { ChartData, RunChartData } from "../charts/data";
import { marksOf } from "../model/series/marks";
import { steeredCurve } from "../model/start/steering";
import { router } from "../state/router.svelte";
import type { RunData } from "../state/run-view.svelte";

type Lines = Pick<ChartData, "timeline" | "drawn">;

export const chartDataOf = (view: RunData, { timeline, drawn }: Lines, range: Range | null): RunChartData => ({
  timeline,
  drawn,
  plan: view.detail?.unit === "vus" ? view.detail.plan : [],
  steered:
    view.detail?.steering_variable === "vus"
      ? steeredCurve(view.shown.run?.vus_max ?? 0, view.shown.events, timeline.lastS)
      : [],
  plannedS: view.shown.run?.planned_s ?? 0,
  events: marksOf(view.shown.events),
  range,
  live: view.live,
  zoomed: router.zoomed,
});

/** Returns a handler that extends a selection to whole windows, so that it matches the figures of the range. */
export function snapSelection(view: RunData, onrange: (range: Range) => void): (from_s: number, to_s: number) => void {
  return (from_s, to_s) => {
    const range = view.timeline.snap(from_s, to_s);
    if (range) onrange(range);
  };
}
