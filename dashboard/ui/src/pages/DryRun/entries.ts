/** The requests of a dry run as a list shows them: where each stands, how it went, which are wanted. */
import type { DryAnswer, DryEntry } from "../../api/types";
import type { Standing } from "../../model/runs/status";

export type Filter = "" | "failed" | "skipped";

export interface Numbered {
  n: number;
  entry: DryEntry;
}

export interface Section {
  title: string;
  rows: Numbered[];
}

const TITLES = { setup: "Set-up", endpoint: "Endpoints, each by itself", scenario: "Scenario", teardown: "Teardown" };

export const titleOf = ({ part, scenario }: DryEntry): string => (part === "scenario" ? `${TITLES.scenario} ${scenario ?? ""}` : TITLES[part]);

export function standingOf({ state, failed, exchange }: DryEntry): Standing {
  if (state === "waiting") return { word: "Waiting", tone: "info", icon: "wait" };
  if (state === "skipped") return { word: "Skipped", tone: "none", icon: "unknown" };
  const status = exchange?.response.status ?? 0;
  const word = status === 0 ? "No response" : String(status);
  return failed ? { word, tone: "bad", icon: "bad" } : { word, tone: "good", icon: "ok" };
}

/** Entries in their order, under a title for each part; numbered from 0 whatever is filtered. */
export function sectionsOf(entries: DryEntry[], filter: Filter): Section[] {
  const sections: Section[] = [];
  entries.forEach((entry, n) => {
    if (filter === "failed" ? !entry.failed : filter === "skipped" && entry.state !== "skipped") return;
    const title = titleOf(entry);
    const last = sections.at(-1);
    if (last?.title === title) last.rows.push({ n, entry });
    else sections.push({ title, rows: [{ n, entry }] });
  });
  return sections;
}

export function outcomeOf({ status, failed, answered }: DryAnswer): Standing {
  if (status === "starting" || status === "running") return { word: status === "starting" ? "Starting" : "Running", tone: "info", icon: "play" };
  if (status === "canceled") return { word: "Canceled", tone: "warn", icon: "warn" };
  if (status === "timed_out") return { word: "Timed out", tone: "bad", icon: "bad" };
  if (status === "failed") return { word: "Failed", tone: "bad", icon: "bad" };
  return failed > 0 || answered === 0 ? { word: "Some failed", tone: "bad", icon: "bad" } : { word: "All passed", tone: "good", icon: "ok" };
}
