/** The account of a run as text: what became of every iteration, step, request and value to extract. */
import type { RunRecord } from "../../api/types";
import { count, text } from "../display/format";

export type Account = NonNullable<RunRecord["account"]>;

export interface AccountRow {
  name: string;
  total: string;
  parts: { name: string; count: string; isBad: boolean }[];
}

/** Returns a row for each total. Parts with the count 0 are omitted, except the first part, such as "completed". */
export function accountRows({ iterations, steps, requests, values }: Account): AccountRow[] {
  const rows = [
    row("Iterations", "begun", iterations.begun, [
      ["completed", iterations.completed],
      ["with an exception", iterations.thrown, true],
      ["cut", iterations.cut],
      ["not received", iterations.missing, true],
    ]),
    row("Requests", "sent", requests.sent, [
      ["answered", requests.answered],
      ["unanswered", requests.unanswered, true],
    ]),
  ];
  if (steps)
    rows.splice(
      1,
      0,
      row("Steps", "due", steps.due, [
        ["sent", steps.sent],
        ["skipped", steps.skipped, true],
        ["with an exception", steps.thrown, true],
      ]),
    );
  if (iterations.dropped > 0)
    rows.push({ name: "Dropped iterations", total: text(count(iterations.dropped)), parts: [] });
  if (values && values.extracted + values.missing > 0)
    rows.push(
      row("Values to extract", "", values.extracted + values.missing, [
        ["extracted", values.extracted],
        ["missing", values.missing, true],
      ]),
    );
  return rows;
}

/** Returns the reasons of skipped and thrown steps and the errors of unanswered requests, most frequent first. */
export function accountReasons({ steps, requests }: Account): { name: string; count: number }[] {
  const counts = [steps?.skip_reasons ?? {}, steps?.throw_reasons ?? {}, requests.errors];
  const all = counts.flatMap((part) => Object.entries(part));
  return all.map(([name, n]) => ({ name, count: n })).sort((a, b) => b.count - a.count);
}

type Part = [name: string, n: number | null, isBad?: boolean];

function row(name: string, verb: string, total: number | null, parts: Part[]): AccountRow {
  const shown = parts.filter(([, n], i) => i === 0 || n !== 0);
  return {
    name,
    total: `${total === null ? "unknown" : text(count(total))} ${verb}`.trim(),
    parts: shown.map(([part, n, isBad]) => ({
      name: part,
      count: n === null ? "unknown" : text(count(n)),
      isBad: isBad === true && n !== 0,
    })),
  };
}
