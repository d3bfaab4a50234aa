/** How a judgment is displayed. */
import type { Judgment, RunRecord } from "../../api/types";
import { shortDateTime } from "../display/format";
import type { Tone } from "../runs/status";

/** A baseline, and the judgment of a run compared with it. */
export interface Compared {
  baseline: RunRecord;
  judgment: Judgment;
}

type Outcome = Judgment["outcome"];
type FindingDirection = Judgment["findings"][number]["direction"];

export const OUTCOME_TONES: Record<Outcome, Tone> = {
  better: "good",
  worse: "bad",
  same: "none",
  incomparable: "warn",
  unknown: "none",
};
export const OUTCOME_ICONS = {
  better: "ok",
  worse: "bad",
  same: "unknown",
  incomparable: "warn",
  unknown: "unknown",
} as const satisfies Record<Outcome, string>;
export const FINDING_TONES: Record<FindingDirection, Tone> = {
  better: "good",
  worse: "bad",
  same: "none",
  changed: "none",
};

/** Names a baseline by its start: "★ 30 Nov 10:51". */
export const baselineName = (run: Pick<RunRecord, "started_at" | "created_at">): string =>
  `★ ${shortDateTime(run.started_at ?? run.created_at)}`;

/** Returns the baseline if its figures are comparable with those of the run; null otherwise. */
export const comparableBaseline = (compared: Compared | null): RunRecord | null =>
  compared && !["incomparable", "unknown"].includes(compared.judgment.outcome) ? compared.baseline : null;

/** Returns whether the percentiles of both runs come from all samples. */
export const areExact = (...sides: Pick<RunRecord, "percentiles_from">[]): boolean =>
  sides.every(({ percentiles_from }) => percentiles_from === "exact");
