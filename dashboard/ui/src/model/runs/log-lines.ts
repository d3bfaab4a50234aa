/** Merges events of the dashboard into the log lines of k6, and folds repeated lines. */
import type { LogEntry, RunEvent, RunRecord } from "../../api/types";
import { isOver, outcomeOf } from "./status";

export interface LogFilter {
  level: string;
  search: string;
}

export type LogRow = LogEntry & { key: string };

/** A row of the list: a line with the number of its repetitions, or k6's summary as one block of lines. */
export interface ShownRow extends LogRow {
  count: number;
  isBlock: boolean;
}

const LEVEL_RANKS: Record<string, number> = { debug: 0, info: 1, warning: 2, error: 3 };
/** k6 prints this because of an option that the dashboard sets for every run. */
const NOISE = "Experimental feature enabled";
const SUMMARY_START = /^\s*█ /;
/** A line is folded into an equal one among this number of latest rows. */
const FOLD_DISTANCE = 20;
const SECOND_LENGTH = "2026-11-21T10:00:00".length;

export function matchesFilter(entry: Pick<LogEntry, "level" | "message">, { level, search }: LogFilter): boolean {
  const minimum = LEVEL_RANKS[level] ?? 0;
  return (LEVEL_RANKS[entry.level] ?? 0) >= minimum && entry.message.toLowerCase().includes(search.toLowerCase());
}

/** Returns whether an event precedes a line. A line with whole seconds precedes all of its second but k6's start. */
function isBefore(event: RunEvent, line: string): boolean {
  if (line.length > SECOND_LENGTH + 1) return event.at < line;
  const [ofEvent, ofLine] = [event.at.slice(0, SECOND_LENGTH), line.slice(0, SECOND_LENGTH)];
  return ofEvent < ofLine || (ofEvent === ofLine && event.kind === "run.started");
}

/**
 * Inserts events into lines by time. A line without a time stays below the line before it, but k6's summary and the end
 * of the run come last. `unloaded`: whether the log has lines before the first or after the last of `lines`. Events from
 * the time of these other lines are omitted.
 */
export function mergeEvents(
  lines: readonly LogRow[],
  events: readonly RunEvent[],
  filter: LogFilter,
  unloaded: { older: boolean; newer: boolean },
): LogRow[] {
  const sorted = events.filter((event) => matchesFilter(event, filter)).sort((a, b) => a.at.localeCompare(b.at));
  const pending = sorted.filter(({ kind }) => kind !== "run.ended");
  const summaryAt = summaryStart(lines);
  const rows: LogRow[] = [];
  let started = !unloaded.older;
  for (const line of lines.slice(0, summaryAt)) {
    if (line.at !== null) {
      while (pending[0] && isBefore(pending[0], line.at)) {
        const event = pending.shift();
        if (event && started) rows.push(lineOf(event));
      }
      started = true;
    }
    if (line.message !== NOISE) rows.push(line);
  }
  if (unloaded.newer) return rows;
  const ended = sorted.filter(({ kind }) => kind === "run.ended");
  return [...rows, ...pending.map(lineOf), ...lines.slice(summaryAt), ...ended.map(lineOf)];
}

/** Returns the rows of a partly loaded log. The verdict follows if the end of the log is loaded. */
export function logRows(
  log: { lines: readonly LogRow[]; older: boolean; atEnd: boolean },
  shown: { events: readonly RunEvent[]; run: RunRecord | null },
  filter: LogFilter,
): LogRow[] {
  const rows = mergeEvents(log.lines, shown.events, filter, { older: log.older, newer: !log.atEnd });
  const verdict = log.atEnd ? verdictRow(shown.run, filter) : null;
  // The dashboard judges a run after k6 has ended, so the last rows may be later than the end of the run.
  const times = [verdict?.at, rows.at(-1)?.at].filter((at) => at !== null && at !== undefined);
  return verdict ? [...rows, { ...verdict, at: times.sort().at(-1) ?? null }] : rows;
}

/** Returns the index of the first line of k6's summary, the last output of k6. */
function summaryStart(lines: readonly LogRow[]): number {
  const start = lines.findIndex(({ at, message }) => at === null && SUMMARY_START.test(message));
  return start === -1 || lines.slice(start).some(({ at }) => at !== null) ? lines.length : start;
}

/** Folds repeated lines of k6 into one row each, and the lines of k6's summary into one block. */
export function foldRows(rows: readonly LogRow[]): ShownRow[] {
  const shown: ShownRow[] = [];
  for (const row of rows) {
    const block = shown.at(-1);
    const repeated = shown.slice(-FOLD_DISTANCE).find((other) => isSame(other, row));
    if (block?.isBlock && row.source === "k6" && row.at === null) block.message += `\n${row.message}`;
    else if (repeated) repeated.count += 1;
    else shown.push({ ...row, count: 1, isBlock: row.at === null && SUMMARY_START.test(row.message) });
  }
  return shown;
}

const isSame = (a: LogRow, b: LogRow): boolean =>
  a.source === "k6" && b.source === "k6" && a.at !== null && a.level === b.level && a.message === b.message;

/** Returns the last line of the log of an ended run: its verdict. */
function verdictRow(run: RunRecord | null, filter: LogFilter): LogRow | null {
  if (!run?.verdict || !isOver(run.status)) return null;
  const { label, tone } = outcomeOf(run);
  const level = tone === "bad" ? "error" : tone === "warn" ? "warning" : "info";
  const message = `Verdict: ${label.toLowerCase()}${run.verdict_reason ? `: ${run.verdict_reason}` : ""}`;
  const row = { key: "verdict", offset: null, at: run.ended_at, level, source: "dashboard", message } as const;
  return matchesFilter(row, filter) ? row : null;
}

const lineOf = ({ n, at, level, message }: RunEvent): LogRow => ({
  key: `event ${String(n)}`,
  offset: null,
  at,
  level,
  message,
  source: "dashboard",
});
