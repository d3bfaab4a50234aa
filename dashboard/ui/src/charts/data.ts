/** What a chart reads at each redraw. */
import type { PlanPoint, Range, RunEvent } from "../api/types";
import type { DownsampledTimeline } from "../model/series/downsampled";
import type { Timeline } from "../model/series/timeline";
import type { Palette } from "./palette";

export interface ChartData {
  readonly timeline: Timeline;
  /** The downsampled points of the timeline. */
  readonly drawn: DownsampledTimeline;
  readonly plan: readonly PlanPoint[];
  /** Requested users over time; empty if the run was never steered. */
  readonly steered: readonly PlanPoint[];
  readonly plannedS: number;
  readonly events: readonly RunEvent[];
  readonly range: Range | null;
  readonly live: boolean;
  /** The time axis shows only the selected range. */
  readonly zoomed: boolean;
  readonly log: boolean;
  /** Keys of the series that the legend hides. */
  readonly hidden: ReadonlySet<string>;
  readonly palette: Palette;
}

/** What the run provides. The chart itself adds the rest. */
export type RunChartData = Omit<ChartData, "palette" | "log" | "hidden">;

/** Keys of the curves that are not series. */
export const PLANNED = "planned";
export const STEERED = "requested";

/** Returns the number of windows that are drawn. */
export const shownLength = ({ timeline, live }: Pick<ChartData, "timeline" | "live">): number =>
  timeline.shownLength(live);
