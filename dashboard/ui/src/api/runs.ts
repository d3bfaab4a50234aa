/** Runs and their figures: endpoints below /runs. */
import { urlOf } from "./base-path";
import { request, requestPage } from "./client";
import type {
  BadgeLink,
  FailureGroup,
  Health,
  LogPage,
  Op,
  OpBreakdown,
  Range,
  RangeAnswer,
  RunDetail,
  RunFilters,
  RunRecord,
  SnapshotColumns,
} from "./types";

const pathOf = (runId: string, part = "") => `/runs/${encodeURIComponent(runId)}${part}`;

export const listRuns = (filters: RunFilters, limit: number, next: Record<string, string> = {}, signal?: AbortSignal) =>
  requestPage<RunRecord>("/runs", { query: { ...filters, limit, ...next }, signal });

export const getRun = (runId: string, signal?: AbortSignal) => request<RunDetail>(pathOf(runId), { signal });

export const deleteRun = (runId: string) => request<null>(pathOf(runId), { method: "DELETE" });

export const getSnapshots = (runId: string, after: number, signal?: AbortSignal) =>
  request<SnapshotColumns>(pathOf(runId, "/snapshots"), { query: { after, format: "columns" }, signal });

export const getOps = (runId: string, signal?: AbortSignal) => request<Op[]>(pathOf(runId, "/ops"), { signal });

/** Figures of one operation, for the run so far or for a range. */
export const getOp = (runId: string, name: string, range: Range | null, signal?: AbortSignal) =>
  request<OpBreakdown>(pathOf(runId, "/op"), { query: { name, from: range?.from_s, to: range?.to_s }, signal });

export const getWindow = (runId: string, from: number, to: number, signal?: AbortSignal) =>
  request<RangeAnswer>(pathOf(runId, "/window"), { query: { from, to }, signal });

/** Failed requests of all operations or of one. */
export const getFailures = (runId: string, op: string | null, signal?: AbortSignal) =>
  request<FailureGroup[]>(pathOf(runId, "/failures"), { query: { op }, signal });

export interface LogQuery {
  after?: number;
  before?: number;
  limit?: number;
  level?: string;
  search?: string;
}

export const getLog = (runId: string, query: LogQuery, signal?: AbortSignal) =>
  request<LogPage>(pathOf(runId, "/log"), { query: { ...query }, signal });

/** URL of an export; the browser downloads it. */
export const exportUrl = (runId: string, name: string) => urlOf(pathOf(runId, `/${name}`));

export const getBadgeLink = (runId: string) => request<BadgeLink>(pathOf(runId, "/badge-link"));

/** Imports a run that was exported by a dashboard. */
export const importRun = (file: Blob) =>
  request<{ run_id: string }>("/runs/import", { method: "POST", body: new Blob([file], { type: "application/gzip" }) });

export const getHealth = () => request<Health>("/health");
