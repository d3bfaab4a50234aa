/** The requests of a dry run by section, with their results and a filter. */
import type { DryRun, DryRunEntry } from "../../api/types";
import type { StatusBadge } from "../../model/runs/status";

/** Whether the request was not sent. */
export const isUnsent = ({ state }: DryRunEntry): boolean => state === "skipped" || state === "excluded";

/** "skipped" is every request that was not sent, so it includes excluded ones. */
export type Filter = "" | "failed" | "skipped";

export interface NumberedEntry {
  n: number;
  entry: DryRunEntry;
}

export interface Section {
  title: string;
  rows: NumberedEntry[];
}

const TITLES = { setup: "Setup", endpoint: "Individual endpoints", scenario: "Scenario", teardown: "Teardown" };

export const titleOf = ({ part, scenario }: DryRunEntry): string =>
  part === "scenario" ? `${TITLES.scenario} ${scenario ?? ""}` : TITLES[part];

/** Returns the method with the path and query of the request. A request that was not sent has no URL. */
export function requestText({ method, exchange }: DryRunEntry): string {
  if (!exchange || !URL.canParse(exchange.request.url)) return method;
  const { pathname, search } = new URL(exchange.request.url);
  return `${method} ${pathname}${search}`;
}

/** Returns the entries in order, grouped by part. Their numbers do not depend on the filter. */
export function sectionsOf(entries: DryRunEntry[], filter: Filter): Section[] {
  const sections: Section[] = [];
  entries.forEach((entry, n) => {
    if (filter === "failed" ? !entry.failed : filter === "skipped" && !isUnsent(entry)) return;
    const title = titleOf(entry);
    const last = sections.at(-1);
    if (last?.title === title) last.rows.push({ n, entry });
    else sections.push({ title, rows: [{ n, entry }] });
  });
  return sections;
}

export function outcomeOf({ status, failed, answered }: DryRun): StatusBadge {
  if (status === "starting" || status === "running")
    return { label: status === "starting" ? "Starting" : "Running", tone: "info", icon: "play" };
  if (status === "canceled") return { label: "Canceled", tone: "warn", icon: "warn" };
  if (status === "timed_out") return { label: "Timed out", tone: "bad", icon: "bad" };
  if (status === "failed") return { label: "Failed", tone: "bad", icon: "bad" };
  if (answered === 0) return { label: "Nothing sent", tone: "bad", icon: "bad" };
  if (failed > 0) return { label: failed >= answered ? "All failed" : "Some failed", tone: "bad", icon: "bad" };
  return { label: "All passed", tone: "good", icon: "ok" };
}
