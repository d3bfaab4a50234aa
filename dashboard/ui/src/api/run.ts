/** Runs and dry runs: endpoints below /run, and the demo shop. */
import { request } from "./client";
import type {
  Connection,
  ConnectionBody,
  ControlBody,
  Controlled,
  Demo,
  DryRun,
  DryRunBody,
  DryRunStarted,
  Plan,
  PlanBody,
  Refreshing,
  RunConfig,
  RunStatusAnswer,
  StartBody,
  Started,
  Stopping,
} from "./types";

export const getStatus = (signal?: AbortSignal) => request<RunStatusAnswer>("/run/status", { signal });

export const getConfig = (signal?: AbortSignal) => request<RunConfig>("/run/config", { signal });

export const planRun = (body: PlanBody, signal?: AbortSignal) =>
  request<Plan>("/run/plan", { method: "POST", body, signal });

export const startRun = (body: StartBody) => request<Started>("/run/start", { method: "POST", body });

/** With `now`, running iterations of a steerable run are cut off. */
export const stopRun = (runId: string, now = false) =>
  request<Stopping>("/run/stop", { method: "POST", body: { run_id: runId, now } });

export const controlRun = (body: ControlBody) => request<Controlled>("/run/control", { method: "POST", body });

/** An event of the run reports whether the refresh succeeded. */
export const refreshToken = (runId: string) =>
  request<Refreshing>("/run/refresh-token", { method: "POST", body: { run_id: runId } });

export const continueQueue = () => request<null>("/run/continue", { method: "POST", body: {} });

export const testConnection = (body: ConnectionBody, signal?: AbortSignal) =>
  request<Connection>("/run/test-connection", { method: "POST", body, signal });

export const startDryRun = (body: DryRunBody) => request<DryRunStarted>("/run/dry", { method: "POST", body });

export const getDryRun = (dryId: string, after: number, signal?: AbortSignal) =>
  request<DryRun>(`/run/dry/${encodeURIComponent(dryId)}`, { query: { after }, signal });

export const cancelDryRun = (dryId: string) =>
  request<null>(`/run/dry/${encodeURIComponent(dryId)}`, { method: "DELETE" });

export const startDemo = () => request<Demo>("/demo/start", { method: "POST", body: {} });
