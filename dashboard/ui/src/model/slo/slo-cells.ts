/** The grid of limits: what stands in each cell, what was typed over it, and the change that this makes. */
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
/** Typed texts by cell. */
export type Draft = Readonly<Record<string, string>>;

const HEADS: Record<SloMetric, string> = {
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

export const headOf = (key: SloMetric): string => HEADS[key];
export const signOf = (key: SloMetric): string => (higherIsBetter(key) ? "≥" : "≤");
export const unitOf = (key: SloMetric): string =>
  key.endsWith("_ms") ? "ms" : isShare(key) ? "%" : key === "rps" ? "/s" : "";
export const cellOf = (level: SloLevel, name: string, key: SloMetric): string => JSON.stringify([level, name, key]);
export const partsOf = (cell: string) => JSON.parse(cell) as [level: SloLevel, name: string, key: SloMetric];
const isShare = (key: SloMetric): boolean => key === "error_rate" || key === "checks_rate";

type Limits = Partial<Record<SloMetric, number | null>>;

export function slosAt(config: SloConfig, level: SloLevel, name: string): Limits {
  return level === "all" ? config : ((config[level][name] ?? {}) as Limits);
}

/** What a cell shows of a stored limit: shares in percent; a null of a profile takes the limit of all runs away. */
export function textOf(key: SloMetric, limit: number | null | undefined, level: SloLevel): string {
  if (limit === undefined) return "";
  if (limit === null) return level === "profiles" ? NONE : "";
  return String(isShare(key) ? Number((limit * 100).toPrecision(12)) : limit);
}

export type Read = { limit: number | null | undefined; problem?: never } | { problem: string };

/** What a typed text means: undefined is no limit of its own. */
export function read(key: SloMetric, typed: string, level: SloLevel): Read {
  const text = typed.trim().replace(/\s*(ms|%|\/s)$/, "");
  if (text === "") return { limit: undefined };
  if (text.toLowerCase() === NONE && level === "profiles") return { limit: null };
  if (!/^\d{1,12}([.,]\d{1,9})?$/.test(text))
    return { problem: level === "profiles" ? `must be a number, or "none"` : "must be a number" };
  const number = Number(text.replace(",", "."));
  if (isShare(key))
    return number <= 100 ? { limit: Number((number / 100).toPrecision(12)) } : { problem: "must be at most 100 %" };
  if (key === "apdex_score" && number > 1) return { problem: "must be at most 1" };
  return number < 1e12 ? { limit: number } : { problem: "is too large" };
}

export interface Options {
  skip: boolean;
  abort: boolean;
  window: string;
  warm_up: string;
  min_requests: string;
}

export function optionsOf({ options: { skip, abort } }: SloConfig): Options {
  return {
    skip: skip === "ramp",
    abort: abort !== null,
    window: abort?.window ?? "30s",
    warm_up: abort?.warm_up ?? "",
    min_requests: abort?.min_requests?.toString() ?? "",
  };
}

export function optionsBody({
  skip,
  abort,
  window,
  warm_up,
  min_requests,
}: Options): NonNullable<SloChange["options"]> {
  const body: Record<string, unknown> = skip ? { skip: "ramp" } : {};
  if (abort) {
    const wanted: Record<string, unknown> = { window: window.trim() };
    if (warm_up.trim()) wanted["warm_up"] = warm_up.trim();
    if (min_requests.trim()) wanted["min_requests"] = min_requests.trim();
    body["abort"] = wanted;
  }
  return body as NonNullable<SloChange["options"]>;
}

/** The cells whose text means something else than what is stored. Null and nothing differ in profiles alone. */
export function changed(config: SloConfig, draft: Draft): string[] {
  return Object.keys(draft).filter((cell) => {
    const [level, name, key] = partsOf(cell);
    const meant = read(key, draft[cell] ?? "", level);
    if (meant.problem !== undefined) return true;
    const stored = slosAt(config, level, name)[key];
    return level === "profiles" ? meant.limit !== stored : (meant.limit ?? null) !== (stored ?? null);
  });
}

/** The body of the change. What is named beside the limits of all runs is replaced whole, so it is sent whole. */
export function changeOf(config: SloConfig, draft: Draft): SloChange {
  const change: Record<string, unknown> = {};
  for (const cell of changed(config, draft)) {
    const [level, name, key] = partsOf(cell);
    const meant = read(key, draft[cell] ?? "", level);
    if (meant.problem !== undefined) continue;
    if (level === "all") {
      change[key] = meant.limit ?? null;
      continue;
    }
    const part = (change[level] ??= {}) as Record<string, Record<string, number | null>>;
    const whole = (part[name] ??= { ...(config[level][name] as Record<string, number | null> | undefined) });
    if (meant.limit === undefined) Reflect.deleteProperty(whole, key);
    else whole[key] = meant.limit;
  }
  return change as SloChange;
}

/** Where the server's message about a field of the change belongs. */
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
