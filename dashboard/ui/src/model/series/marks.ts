/** Events that charts mark: all events with a time, except those that every run has. */
import type { RunEvent } from "../../api/types";

const KINDS_IN_EVERY_RUN = new Set(["run.queued", "run.started", "run.running", "run.ended"]);

export const marksOf = (events: readonly RunEvent[]): RunEvent[] =>
  events.filter(({ kind, elapsed_s }) => elapsed_s !== null && !KINDS_IN_EVERY_RUN.has(kind));
