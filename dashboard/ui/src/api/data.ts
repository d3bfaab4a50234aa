/** Data files: endpoints below /data. */
import { urlOf } from "./base-path";
import { request } from "./client";
import type { DataFile, DataFileDetail } from "./types";
import { type Upload, upload } from "./upload";

const pathOf = (name: string) => `/data/${encodeURIComponent(name)}`;

export const listDataFiles = (signal?: AbortSignal) => request<DataFile[]>("/data", { signal });

export const getDataFile = (name: string, signal?: AbortSignal) => request<DataFileDetail>(pathOf(name), { signal });

export const deleteDataFile = (name: string, force: boolean) =>
  request<null>(pathOf(name), { method: "DELETE", query: force ? { force: "true" } : {} });

export const downloadUrl = (name: string): string => urlOf(`${pathOf(name)}/download`);

/** Form fields of an upload. If the encoding or the delimiter is empty, the server detects it. */
export interface UploadFields {
  name: string;
  encoding: string;
  delimiter: string;
  replace: boolean;
}

/** Uploads a data file. */
export function uploadDataFile(
  file: File,
  fields: UploadFields,
  onprogress: (share: number) => void,
): Upload<DataFileDetail> {
  const form = new FormData();
  form.set("name", fields.name);
  if (fields.encoding) form.set("encoding", fields.encoding);
  if (fields.delimiter) form.set("delimiter", fields.delimiter);
  if (fields.replace) form.set("replace", "true");
  form.set("file", file);
  return upload<DataFileDetail>("/data/upload", form, onprogress);
}
