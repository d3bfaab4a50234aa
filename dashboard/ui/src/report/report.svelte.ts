/** The run of a report. All data is in the page; the figures of ranges are computed here. */
import type {
  Breakdown,
  Difference,
  Judgment,
  Op,
  RangeAnswer,
  RunDetail,
  RunEvent,
  RunRecord,
  SloAnswer,
  SnapshotColumns,
} from "../api/types";
import { type Bounds, type WindowTally, breakdownOf } from "../model/figures/range-figures";
import { DownsampledTimeline } from "../model/series/downsampled";
import { Timeline } from "../model/series/timeline";
import type { RunData } from "../state/run-view.svelte";

export interface Comparison {
  run_id: string;
  started_at: string | null;
  judgment: Judgment;
  rows: Difference[];
  warnings: string[];
}

export interface Failing {
  op: string;
  group: string;
  phase: string;
  cause: string;
  count: number | null;
  share: number | null;
}

export interface ReportData {
  made_at: string;
  dashboard_version: string;
  detail: RunDetail;
  slo: SloAnswer;
  ops: Op[];
  /** Causes of failures by operation, most failures first. `share` is the share of the operation's requests. */
  failing: Failing[];
  /** Names and values of what is known about the run. */
  facts: [string, string][];
  failed_checks: { name: string; count: number; of: number }[];
  /** The snapshots of the run, by column. */
  columns: SnapshotColumns;
  /** Seconds that one window covers after downsampling; null without downsampling. */
  resolution_s: number | null;
  windows: WindowTally[];
  comparison: Comparison | null;
}

interface Parts {
  run: RunRecord | null;
  breakdown: Breakdown | null;
  ops: Op[];
  events: RunEvent[];
  slo: SloAnswer | null;
}

export class Report implements RunData {
  readonly id: string;
  readonly timeline = new Timeline();
  readonly drawn = new DownsampledTimeline(this.timeline);
  readonly detail: RunDetail;
  readonly shown: Parts;
  readonly version = 1;
  readonly live = false;
  readonly data: ReportData;

  constructor(data: ReportData) {
    this.data = data;
    this.detail = data.detail;
    this.id = data.detail.run.run_id;
    this.shown = {
      run: data.detail.run,
      breakdown: data.detail.breakdown,
      ops: data.ops,
      events: data.detail.events,
      slo: data.slo,
    };
    this.timeline.merge(data.columns);
  }

  get #bounds(): Bounds {
    const { percentiles_from, min_ms, max_ms } = this.detail.run;
    return percentiles_from === "exact" && min_ms !== null && max_ms !== null ? [min_ms, max_ms] : null;
  }

  /** Returns the figures of the windows that end in (from_s, to_s], as the server computes them, without operations. */
  readonly window = (id: string, from_s: number, to_s: number): Promise<RangeAnswer> => {
    const [startIndex, endIndex] = this.timeline.between(from_s, to_s);
    const firstWindowS = this.timeline.at("window_s", startIndex) ?? 0;
    const start = (this.timeline.at("elapsed_s", startIndex) ?? from_s) - firstWindowS;
    const end = this.timeline.at("elapsed_s", endIndex - 1) ?? to_s;
    const low = Math.max(0, start);
    const breakdown = breakdownOf(
      this.data.windows.slice(startIndex, endIndex),
      endIndex > startIndex ? end - low : 0,
      this.detail.run.apdex_t_ms,
      this.#bounds,
    );
    return Promise.resolve({
      run_id: id,
      from_s: low,
      to_s: end,
      resolution_s: this.data.resolution_s ?? this.detail.push_interval_s,
      breakdown,
      ops: [],
    });
  };
}
