/** The dashboard's own events among k6's lines, in the order in which things happened. */
import type { LogEntry, RunEvent } from "../../api/types";

export interface LogFilter {
  level: string;
  search: string;
}

const RANK: Record<string, number> = { debug: 0, info: 1, warning: 2, error: 3 };

export function passes(entry: Pick<LogEntry, "level" | "message">, { level, search }: LogFilter): boolean {
  const least = RANK[level] ?? 0;
  return (RANK[entry.level] ?? 0) >= least && entry.message.toLowerCase().includes(search.toLowerCase());
}

export type LogRow = LogEntry & { key: string };

/**
 * Lines without a time belong to the line above them. Events older than the first line are left out while
 * older lines wait to be read, and those behind the last while newer ones were dropped.
 */
export function withEvents(
  lines: readonly LogRow[],
  events: readonly RunEvent[],
  filter: LogFilter,
  ends: { older: boolean; newer: boolean },
): LogRow[] {
  const waiting = events.filter((event) => passes(event, filter)).sort((a, b) => a.at.localeCompare(b.at));
  const shown: LogRow[] = [];
  let before = !ends.older;
  for (const line of lines) {
    if (line.at !== null) {
      while (waiting[0] && waiting[0].at < line.at) {
        const event = waiting.shift();
        if (event && before) shown.push(lineOf(event));
      }
      before = true;
    }
    shown.push(line);
  }
  return ends.newer ? shown : [...shown, ...waiting.map(lineOf)];
}

const lineOf = ({ n, at, level, message }: RunEvent): LogRow => ({
  key: `event ${String(n)}`,
  offset: null,
  at,
  level,
  message,
  source: "dashboard",
});
