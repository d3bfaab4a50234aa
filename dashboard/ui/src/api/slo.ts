/** The current SLOs, and the SLO results of a run. */
import { request, requestTagged } from "./client";
import type { SloAnswer, SloChange, SloConfig } from "./types";

export const getSlo = (runId: string, signal?: AbortSignal) =>
  request<SloAnswer>(`/runs/${encodeURIComponent(runId)}/slo`, { signal });

export const getSloConfig = (signal?: AbortSignal) => requestTagged<SloConfig>("/slo/config", { signal });

export const saveSloConfig = (body: SloChange, ifMatch: string) =>
  requestTagged<SloConfig>("/slo/config", { method: "POST", body, ifMatch });
