/** Names, conditions and margins of SLOs, and their results for a live run, a range or a finished run. */
import type { Figures, Slo, SloAnswer, SloCheck } from "../../api/types";
import { type Maybe, type Formatted, isNumber, millis, percent, plural, rate, score, text } from "../display/format";

const NAMES: Record<string, string> = {
  p50_ms: "p50",
  p95_ms: "p95",
  p99_ms: "p99",
  avg_ms: "Average",
  error_rate: "Errors",
  checks_rate: "Checks passed",
  apdex_score: "Apdex",
  rps: "RPS",
};
const HIGHER_IS_BETTER = new Set(["checks_rate", "apdex_score", "rps"]);

export type SloState = "met" | "breached" | "unknown";

export const sloName = (key: string): string => NAMES[key] ?? key;
export const higherIsBetter = (key: string): boolean => HIGHER_IS_BETTER.has(key);

export function showFor(key: string): (value: Maybe) => Formatted {
  if (key.endsWith("_ms")) return millis;
  if (key.endsWith("_rate")) return percent;
  return key === "rps" ? rate : score;
}

/** Returns the condition of an SLO: "≤ 500 ms". A value equal to the limit meets it. */
export const limitText = (key: string, limit: number): string =>
  `${higherIsBetter(key) ? "≥" : "≤"} ${text(showFor(key)(limit))}`;

export interface SloResult {
  key: string;
  name: string;
  /** Operation or group; empty for the whole run. */
  scope: string;
  /** Explanation from the server; null if the page evaluated the SLO. */
  reason: string | null;
  limit: number;
  value: number | null;
  state: SloState;
  /** value / limit: 1 is at the limit. */
  usedShare: number | null;
}

export function evaluate(key: string, limit: number, value: Maybe): SloResult {
  const known = isNumber(value);
  const good = known && (higherIsBetter(key) ? value >= limit : value <= limit);
  return {
    key,
    name: sloName(key),
    scope: "",
    reason: null,
    limit,
    value: known ? value : null,
    state: known ? (good ? "met" : "breached") : "unknown",
    usedShare: known && limit > 0 ? value / limit : null,
  };
}

export const evaluateAll = (slos: readonly Slo[], figures: Partial<Figures> | null): SloResult[] =>
  slos.map((slo) => evaluate(slo.key, slo.limit, figures?.[slo.key as keyof Figures] ?? null));

/** Returns the results from the server: the run first, then operations, then groups. */
export function resultsOf(slo: SloAnswer | null): SloResult[] {
  if (!slo) return [];
  const resultsByName = (byName: Record<string, Record<string, SloCheck>>, kind: string) =>
    Object.entries(byName).flatMap(([name, checks]) => resultsIn(checks, `${kind}${name}`));
  return [...resultsIn(slo.checks, ""), ...resultsByName(slo.operations, ""), ...resultsByName(slo.groups, "group ")];
}

const resultsIn = (checks: Record<string, SloCheck>, scope: string): SloResult[] =>
  Object.entries(checks).map(([key, check]) => ({
    ...evaluate(key, check.threshold, check.value),
    scope,
    reason: check.reason,
    state: check.pass === null ? "unknown" : check.pass ? "met" : "breached",
  }));

/** Returns the state of all SLOs of a live run in one phrase; null without SLOs. Only a verdict is ever green. */
export function summaryOf(results: readonly SloResult[]): { text: string; tone: "bad" | "none" } | null {
  const total = plural(results.length, "SLO");
  const [breached, met] = (["breached", "met"] as const).map(
    (state) => results.filter((result) => result.state === state).length,
  );
  if (results.length === 0) return null;
  if (breached) return { text: `${String(breached)} of ${total} breached`, tone: "bad" };
  return { text: `${met === results.length ? "All" : `${String(met)} of`} ${total} met so far`, tone: "none" };
}

/** Explains why a figure is missing or too close to its limit to decide; empty otherwise. */
export function noteOf({ state, reason }: SloResult): string {
  if (reason === null) return "";
  if (state === "unknown") return reason.split("): ").at(1) ?? "";
  return /\((the limit is within .*)\)$/.exec(reason)?.[1] ?? "";
}

export function marginText({ key, limit, value }: SloResult): string {
  if (value === null) return text(showFor(key)(null));
  const margin = higherIsBetter(key) ? value - limit : limit - value;
  const shown = showFor(key)(Math.abs(margin));
  const unit = shown.unit === "%" ? "pt" : shown.unit;
  return `${margin < 0 ? "−" : ""}${text({ value: shown.value, unit })}`;
}
