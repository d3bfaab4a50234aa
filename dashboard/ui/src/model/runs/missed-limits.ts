/** The limits that a failed run missed, as the list of runs shows them. */
import type { RunRecord } from "../../api/types";

const MAX_SHOWN = 2;

/** Returns short names, such as "error rate" or "Search: p95". The reason of the verdict lists the missed limits. */
export function missedLimits(run: Pick<RunRecord, "verdict" | "verdict_reason" | "slo_abort_reason">): string[] {
  if (run.verdict !== "fail" || run.slo_abort_reason !== null || !run.verdict_reason) return [];
  const names = run.verdict_reason
    .split("; ")
    .flatMap((message) => /^(.*?) -?[\d.]+\S*.* [<>=] /.exec(message)?.[1] ?? []);
  return names.length > MAX_SHOWN ? [...names.slice(0, MAX_SHOWN), `${String(names.length - MAX_SHOWN)} more`] : names;
}
