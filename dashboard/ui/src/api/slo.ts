/** Limits: those in force from now on, and how a run stands against its own. */
import { request, requestTagged } from "./client";
import type { SloAnswer, SloChange, SloConfig } from "./types";

export const getSlo = (runId: string, signal?: AbortSignal) =>
  request<SloAnswer>(`/runs/${encodeURIComponent(runId)}/slo`, { signal });

export const getSloConfig = (signal?: AbortSignal) => requestTagged<SloConfig>("/slo/config", { signal });

export const saveSloConfig = (body: SloChange, ifMatch: string) =>
  requestTagged<SloConfig>("/slo/config", { method: "POST", body, ifMatch });
