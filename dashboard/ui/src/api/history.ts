/** Baselines, comparison, annotations, marks, trends and the heatmap. */
import { request } from "./client";
import type {
  AnnotationAnswer,
  Baseline,
  BaselineComparison,
  Choices,
  Diff,
  Heatmap,
  RunEvent,
  TrendPoint,
} from "./types";

const pathOf = (runId: string, part = "") => `/runs/${encodeURIComponent(runId)}${part}`;

/** Runs that a baseline applies to: all runs, those of a profile, or those of a profile in one environment. */
export interface PinScope {
  profile?: string | null;
  env_profile?: string | null;
}

export const getBaselines = (signal?: AbortSignal) => request<Baseline>("/runs/baseline", { signal });

export const pin = (runId: string, scope: PinScope) =>
  request<Baseline>(pathOf(runId, "/baseline"), { method: "POST", query: { ...scope }, body: {} });

export const getBaselineComparison = (runId: string) => request<BaselineComparison>(pathOf(runId, "/baseline"), {});

export const unpin = (scope: PinScope) => request<null>("/runs/baseline", { method: "DELETE", query: { ...scope } });

export const getDiff = (a: string, b: string, ranges: Record<string, string | undefined>, signal?: AbortSignal) =>
  request<Diff>("/runs/diff", { query: { a, b, ...ranges }, signal });

export const annotate = (
  runId: string,
  changes: { label?: string | null; notes?: string | null; tags?: string[] | null },
) => request<AnnotationAnswer>(pathOf(runId), { method: "PATCH", body: changes });

export const setMark = (runId: string, body: { text: string; elapsed_s?: string }) =>
  request<RunEvent>(pathOf(runId, "/marks"), { method: "POST", body });

export const removeMark = (runId: string, n: number) =>
  request<null>(pathOf(runId, `/marks/${String(n)}`), { method: "DELETE" });

export const getChoices = (signal?: AbortSignal) => request<Choices>("/runs/choices", { signal });

export interface TrendQuery {
  op?: string | undefined;
  runs?: string | number | undefined;
  run_id?: string | undefined;
  profile?: string | undefined;
  env_profile?: string | undefined;
  target?: string | undefined;
}

export const getTrend = (query: TrendQuery, signal?: AbortSignal) =>
  request<TrendPoint[]>("/ops/trend", { query: { ...query }, signal });

/** Trends of all operations. */
export const getTrends = (query: TrendQuery, signal?: AbortSignal) =>
  request<Record<string, TrendPoint[]>>("/ops/trends", { query: { ...query }, signal });

export const getHeatmap = (
  query: { metric: string; days: number; tz?: string; profile?: string },
  signal?: AbortSignal,
) => request<Heatmap>("/heatmap", { query: { ...query }, signal });
