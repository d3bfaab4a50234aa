/** Runs and dry runs: endpoints below /run, and the demo shop. */
import { request } from "./client";
import type {
  Connection,
  ConnectionBody,
  ControlBody,
  ControlAnswer,
  Demo,
  DryRun,
  DryRunBody,
  DryRunStartAnswer,
  Plan,
  PlanBody,
  RefreshTokenAnswer,
  RunConfig,
  RunStatusAnswer,
  StartBody,
  StartAnswer,
  StopAnswer,
} from "./types";

export const getStatus = (signal?: AbortSignal) => request<RunStatusAnswer>("/run/status", { signal });

export const getConfig = (signal?: AbortSignal) => request<RunConfig>("/run/config", { signal });

export const planRun = (body: PlanBody, signal?: AbortSignal) =>
  request<Plan>("/run/plan", { method: "POST", body, signal });

export const startRun = (body: StartBody) => request<StartAnswer>("/run/start", { method: "POST", body });

/** Stops a run. With `now`, running iterations of a steerable run are cut off. */
export const stopRun = (runId: string, now = false) =>
  request<StopAnswer>("/run/stop", { method: "POST", body: { run_id: runId, now } });

export const controlRun = (body: ControlBody) => request<ControlAnswer>("/run/control", { method: "POST", body });

/** Requests a new token. An event of the run reports whether the refresh succeeded. */
export const refreshToken = (runId: string) =>
  request<RefreshTokenAnswer>("/run/refresh-token", { method: "POST", body: { run_id: runId } });

export const continueQueue = () => request<null>("/run/continue", { method: "POST", body: {} });

export const testConnection = (body: ConnectionBody, signal?: AbortSignal) =>
  request<Connection>("/run/test-connection", { method: "POST", body, signal });

export const startDryRun = (body: DryRunBody) => request<DryRunStartAnswer>("/run/dry", { method: "POST", body });

export const getDryRun = (dryId: string, after: number, signal?: AbortSignal) =>
  request<DryRun>(`/run/dry/${encodeURIComponent(dryId)}`, { query: { after }, signal });

export const cancelDryRun = (dryId: string) =>
  request<null>(`/run/dry/${encodeURIComponent(dryId)}`, { method: "DELETE" });

export const startDemo = () => request<Demo>("/demo/start", { method: "POST", body: {} });
