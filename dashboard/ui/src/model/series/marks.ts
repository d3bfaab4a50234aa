/** Events that charts mark: all events with a time, except those that every run has. */
import type { RunEvent } from "../../api/types";

const KINDS_IN_EVERY_RUN = new Set(["run.queued", "run.started", "run.running", "run.ended"]);

export const marksOf = (events: readonly RunEvent[]): RunEvent[] =>
  events.filter(({ kind, elapsed_s }) => elapsed_s !== null && !KINDS_IN_EVERY_RUN.has(kind));

/** Returns the tone of a mark. Red is for breached limits and errors. */
export const markTone = ({ kind, level }: Pick<RunEvent, "kind" | "level">): "info" | "warn" | "bad" =>
  level === "error" || kind === "slo.breached" ? "bad" : level === "warning" ? "warn" : "info";
