/** Labels and tones of run states and verdicts. A live run is never green, because only a verdict reports success. */
import type { RunRecord, RunStatus, Verdict } from "../../api/types";
import { clock } from "../display/format";

export type Tone = "info" | "good" | "warn" | "bad" | "none";

export interface StatusBadge {
  label: string;
  tone: Tone;
  icon: "play" | "pause" | "wait" | "stop" | "ok" | "bad" | "warn" | "unknown";
}

const LIVE = new Set<RunStatus>(["starting", "running", "stopping"]);
export const isLive = (status: RunStatus): boolean => LIVE.has(status);
export const isOver = (status: RunStatus): boolean => !LIVE.has(status) && status !== "queued";

const STATES: Record<RunStatus, StatusBadge> = {
  queued: { label: "Queued", tone: "none", icon: "wait" },
  starting: { label: "Preparing", tone: "info", icon: "play" },
  running: { label: "Running", tone: "info", icon: "play" },
  stopping: { label: "Stopping", tone: "warn", icon: "stop" },
  finished: { label: "Finished", tone: "none", icon: "ok" },
  failed: { label: "Did not run", tone: "bad", icon: "bad" },
  stopped: { label: "Stopped", tone: "warn", icon: "stop" },
  interrupted: { label: "Interrupted", tone: "warn", icon: "warn" },
};

const VERDICTS: Record<Verdict, StatusBadge> = {
  pass: { label: "Passed", tone: "good", icon: "ok" },
  fail: { label: "Failed", tone: "bad", icon: "bad" },
  none: { label: "No SLOs set", tone: "none", icon: "unknown" },
  unknown: { label: "Unknown", tone: "none", icon: "unknown" },
  invalid: { label: "Invalid", tone: "warn", icon: "warn" },
};

/** Returns the share of the users that k6 has prepared; null unless the run is starting and k6 has responded. */
export function preparedShare(run: { status: RunStatus; prepared_vus: number | null; vus_max: number }): number | null {
  if (run.status !== "starting" || run.prepared_vus === null) return null;
  return run.vus_max > 0 ? Math.min(1, run.prepared_vus / run.vus_max) : 0;
}

export const stateOf = (status: RunStatus): StatusBadge => STATES[status];

/** Returns the badge of a live run. While the load is paused, the run itself continues. */
export function liveStateOf({ status, control }: Pick<RunRecord, "status" | "control">): StatusBadge {
  if (status === "running" && control?.paused) return { label: "Load paused", tone: "warn", icon: "pause" };
  return STATES[status];
}

/** Names a live run with the time left: "ramp build-5, 0:27 left". Before the load starts, only the name. */
export function liveRunText(
  run: Pick<RunRecord, "profile" | "label" | "load_started_at" | "planned_s">,
  now: number,
): string {
  const name = [run.profile, run.label].filter(Boolean).join(" ");
  if (run.load_started_at === null) return name;
  return `${name}, ${clock(run.planned_s - (now - Date.parse(run.load_started_at)) / 1000)} left`;
}

/** Returns the badge of the verdict, or of the run state if the verdict is missing or has no meaning. */
export function outcomeOf(run: { status: RunStatus; verdict: Verdict | null }): StatusBadge {
  if (run.verdict && run.verdict !== "none" && (run.status === "finished" || run.verdict === "fail"))
    return VERDICTS[run.verdict];
  return STATES[run.status];
}

export const verdictOf = (verdict: Verdict): StatusBadge => VERDICTS[verdict];

/** Returns the grade of an Apdex score, A to F. */
export function gradeOf(apdex: number | null | undefined): string | null {
  if (apdex === null || apdex === undefined) return null;
  if (apdex >= 0.94) return "A";
  if (apdex >= 0.85) return "B";
  if (apdex >= 0.7) return "C";
  return apdex >= 0.5 ? "D" : "F";
}
