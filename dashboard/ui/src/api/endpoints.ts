/** The endpoints file: previews, saves and versions below /endpoints. */
import { request } from "./client";
import type { EndpointsPreview, EndpointsSave, EndpointsSaved, EndpointsVersion, EndpointsVersions } from "./types";

export const previewEndpoints = (body: EndpointsSave, signal?: AbortSignal) =>
  request<EndpointsPreview>("/endpoints/preview", { method: "POST", body, signal });

/** Saves the requests. The server returns 412 if the file is no longer the one with the hash `base`. */
export const saveEndpoints = (body: EndpointsSave, base: string | null) =>
  request<EndpointsSaved>("/endpoints/save", { method: "POST", body: { ...body, base_sha256: base } });

export const listVersions = (signal?: AbortSignal) => request<EndpointsVersions>("/endpoints/versions", { signal });

export const getVersion = (number: number, signal?: AbortSignal) =>
  request<EndpointsVersion>(`/endpoints/versions/${String(number)}`, { signal });

export const restoreVersion = (number: number, base: string | null) =>
  request<{ version: number | null }>(`/endpoints/versions/${String(number)}/restore`, {
    method: "POST",
    body: { base_sha256: base },
  });
