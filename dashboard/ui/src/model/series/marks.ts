/** Which events stand on the charts: what happened to the run on its way, not that it began and ended. */
import type { RunEvent } from "../../api/types";

const EVERY_RUN = new Set(["run.queued", "run.started", "run.running", "run.ended"]);

export const marksOf = (events: readonly RunEvent[]): RunEvent[] =>
  events.filter(({ kind, elapsed_s }) => elapsed_s !== null && !EVERY_RUN.has(kind));
