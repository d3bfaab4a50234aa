/** Merges events of the dashboard into the log lines of k6 by time. */
import type { LogEntry, RunEvent } from "../../api/types";

export interface LogFilter {
  level: string;
  search: string;
}

const LEVEL_RANKS: Record<string, number> = { debug: 0, info: 1, warning: 2, error: 3 };

export function matchesFilter(entry: Pick<LogEntry, "level" | "message">, { level, search }: LogFilter): boolean {
  const minimum = LEVEL_RANKS[level] ?? 0;
  return (LEVEL_RANKS[entry.level] ?? 0) >= minimum && entry.message.toLowerCase().includes(search.toLowerCase());
}

export type LogRow = LogEntry & { key: string };

/**
 * Inserts events into lines by time. A line without a time stays below the line before it. `unloaded`: whether the
 * log has lines before the first or after the last of `lines`. Events from the time of these other lines are omitted.
 */
export function mergeEvents(
  lines: readonly LogRow[],
  events: readonly RunEvent[],
  filter: LogFilter,
  unloaded: { older: boolean; newer: boolean },
): LogRow[] {
  const pending = events.filter((event) => matchesFilter(event, filter)).sort((a, b) => a.at.localeCompare(b.at));
  const rows: LogRow[] = [];
  let started = !unloaded.older;
  for (const line of lines) {
    if (line.at !== null) {
      while (pending[0] && pending[0].at < line.at) {
        const event = pending.shift();
        if (event && started) rows.push(lineOf(event));
      }
      started = true;
    }
    rows.push(line);
  }
  return unloaded.newer ? rows : [...rows, ...pending.map(lineOf)];
}

const lineOf = ({ n, at, level, message }: RunEvent): LogRow => ({
  key: `event ${String(n)}`,
  offset: null,
  at,
  level,
  message,
  source: "dashboard",
});
