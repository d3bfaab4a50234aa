/** Cells of the SLO editor: their text, unsaved edits, and the resulting change request. */
import type { SloChange, SloConfig } from "../../api/types";
import { higherIsBetter } from "./slo";

export const SLO_METRICS = [
  "p50_ms",
  "p95_ms",
  "p99_ms",
  "avg_ms",
  "error_rate",
  "checks_rate",
  "apdex_score",
  "rps",
] as const;
export type SloMetric = (typeof SLO_METRICS)[number];
export type SloLevel = "all" | "profiles" | "groups" | "endpoints";
/** Unsaved texts by cell. */
export type Draft = Readonly<Record<string, string>>;

const LABELS: Record<SloMetric, string> = {
  p50_ms: "p50",
  p95_ms: "p95",
  p99_ms: "p99",
  avg_ms: "Average",
  error_rate: "Errors",
  checks_rate: "Checks",
  apdex_score: "Apdex",
  rps: "RPS",
};
const NONE = "none";

export const columnLabel = (key: SloMetric): string => LABELS[key];
export const comparisonSign = (key: SloMetric): string => (higherIsBetter(key) ? "≥" : "≤");
export const unitOf = (key: SloMetric): string =>
  key.endsWith("_ms") ? "ms" : isShare(key) ? "%" : key === "rps" ? "/s" : "";
export const cellOf = (level: SloLevel, name: string, key: SloMetric): string => JSON.stringify([level, name, key]);
export const cellParts = (cell: string) => JSON.parse(cell) as [level: SloLevel, name: string, key: SloMetric];
const isShare = (key: SloMetric): boolean => key === "error_rate" || key === "checks_rate";

type Limits = Partial<Record<SloMetric, number | null>>;

export function slosAt(config: SloConfig, level: SloLevel, name: string): Limits {
  return level === "all" ? config : ((config[level][name] ?? {}) as Limits);
}

/** Returns the text of a stored limit, with shares in percent. In a profile, null removes the limit of all runs. */
export function cellText(key: SloMetric, limit: number | null | undefined, level: SloLevel): string {
  if (limit === undefined) return "";
  if (limit === null) return level === "profiles" ? NONE : "";
  return String(isShare(key) ? Number((limit * 100).toPrecision(12)) : limit);
}

export type ParsedLimit = { limit: number | null | undefined; problem?: never } | { problem: string };

/** Parses the text of a cell. `undefined`: the level does not set a limit. */
export function parseLimit(key: SloMetric, input: string, level: SloLevel): ParsedLimit {
  const text = input.trim().replace(/\s*(ms|%|\/s)$/, "");
  if (text === "") return { limit: undefined };
  if (text.toLowerCase() === NONE && level === "profiles") return { limit: null };
  if (!/^\d{1,12}([.,]\d{1,9})?$/.test(text))
    return { problem: level === "profiles" ? `must be a number or "none"` : "must be a number" };
  const number = Number(text.replace(",", "."));
  if (isShare(key))
    return number <= 100 ? { limit: Number((number / 100).toPrecision(12)) } : { problem: "must be at most 100%" };
  if (key === "apdex_score" && number > 1) return { problem: "must be at most 1" };
  return number < 1e12 ? { limit: number } : { problem: "is too large" };
}

export interface SloOptions {
  skip: boolean;
  abort: boolean;
  window: string;
  throughout: boolean;
  warm_up: string;
  min_requests: string;
}

export function optionsOf({ options: { skip, abort } }: SloConfig): SloOptions {
  return {
    skip: skip === "ramp",
    abort: abort !== null,
    window: abort?.window ?? "30s",
    throughout: abort?.mode === "throughout",
    warm_up: abort?.warm_up ?? "",
    min_requests: abort?.min_requests?.toString() ?? "",
  };
}

export function optionsBody({
  skip,
  abort,
  window,
  throughout,
  warm_up,
  min_requests,
}: SloOptions): NonNullable<SloChange["options"]> {
  const body: Record<string, unknown> = skip ? { skip: "ramp" } : {};
  if (abort) {
    const conditions: Record<string, unknown> = { window: window.trim() };
    if (throughout) conditions["mode"] = "throughout";
    if (warm_up.trim()) conditions["warm_up"] = warm_up.trim();
    if (min_requests.trim()) conditions["min_requests"] = min_requests.trim();
    body["abort"] = conditions;
  }
  return body as NonNullable<SloChange["options"]>;
}

/** Returns the cells whose text does not mean the stored limit. null and undefined differ only in profiles. */
export function changedCells(config: SloConfig, draft: Draft): string[] {
  return Object.keys(draft).filter((cell) => {
    const [level, name, key] = cellParts(cell);
    const parsed = parseLimit(key, draft[cell] ?? "", level);
    if (parsed.problem !== undefined) return true;
    const stored = slosAt(config, level, name)[key];
    return level === "profiles" ? parsed.limit !== stored : (parsed.limit ?? null) !== (stored ?? null);
  });
}

/** Returns the change request. The server replaces profiles, groups and endpoints, so they are sent as a whole. */
export function changeOf(config: SloConfig, draft: Draft): SloChange {
  const change: Record<string, unknown> = {};
  for (const cell of changedCells(config, draft)) {
    const [level, name, key] = cellParts(cell);
    const parsed = parseLimit(key, draft[cell] ?? "", level);
    if (parsed.problem !== undefined) continue;
    if (level === "all") {
      change[key] = parsed.limit ?? null;
      continue;
    }
    const part = (change[level] ??= {}) as Record<string, Record<string, number | null>>;
    const whole = (part[name] ??= { ...(config[level][name] as Record<string, number | null> | undefined) });
    if (parsed.limit === undefined) Reflect.deleteProperty(whole, key);
    else whole[key] = parsed.limit;
  }
  return change as SloChange;
}

/** Returns the cell of a field for which the server reports an error; null if the field is not a cell. */
export function cellOfField(field: string): string | null {
  const [level, ...rest] = field.split(".");
  const key = rest.at(-1) ?? level;
  if (!isKey(key)) return null;
  if (rest.length === 0) return cellOf("all", "", key);
  return level === "profiles" || level === "groups" || level === "endpoints"
    ? cellOf(level, rest.slice(0, -1).join("."), key)
    : null;
}

const isKey = (key: string | undefined): key is SloMetric => SLO_METRICS.some((known) => known === key);
