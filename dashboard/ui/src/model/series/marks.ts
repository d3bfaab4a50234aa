/** Events that charts mark: all except those that every run has. */
import type { RunEvent } from "../../api/types";

const EVERY_RUN = new Set(["run.queued", "run.started", "run.running", "run.ended"]);

export const marksOf = (events: readonly RunEvent[]): RunEvent[] =>
  events.filter(({ kind, elapsed_s }) => elapsed_s !== null && !EVERY_RUN.has(kind));
