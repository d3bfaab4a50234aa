/** Results of a dry run beside the rows of the preview table. */
import type { DryRunEntry } from "../../api/types";

export interface Result {
  entry: DryRunEntry;
  /** Number of the request in the latest dry run; null if it belongs to an earlier one. */
  at: number | null;
}

/** Returns the result of each row. A request that was sent counts more than one that was not. */
export function resultsOf(
  entries: readonly DryRunEntry[],
  rows: Readonly<Record<string, number>>,
): Map<number, Result> {
  const results = new Map<number, Result>();
  entries.forEach((entry, at) => {
    const id = Object.hasOwn(rows, entry.op) ? rows[entry.op] : undefined;
    if (id === undefined || entry.part === "setup" || entry.part === "teardown") return;
    if (entry.exchange || !results.get(id)?.entry.exchange) results.set(id, { entry, at });
  });
  return results;
}

/** Returns why a request failed, in words; empty if it passed or is waiting. */
export function failureText({ exchange, failed, reason, state }: DryRunEntry): string {
  if (state === "skipped" || state === "excluded" || state === "thrown") return reason ?? "";
  if (!failed || !exchange) return "";
  if (exchange.response.status === 0) return exchange.response.error ?? "No response";
  const checks = exchange.checks.filter(({ pass }) => !pass).map(({ check }) => check);
  if (checks.length > 0) return `Failed checks: ${checks.join(", ")}`;
  return exchange.expected ? "" : "Unexpected status";
}
