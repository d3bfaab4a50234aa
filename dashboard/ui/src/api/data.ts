/** Data files: endpoints below /data. */
import { urlOf } from "./base-path";
import { ApiError, NO_ANSWER, problemOf, request } from "./client";
import type { DataFile, DataFileDetail } from "./types";

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

export interface Upload {
  done: Promise<DataFileDetail>;
  cancel: () => void;
}

/** Uploads a file with XMLHttpRequest, because fetch reports no upload progress. */
export function uploadDataFile(file: File, fields: UploadFields, onprogress: (share: number) => void): Upload {
  const form = new FormData();
  form.set("name", fields.name);
  if (fields.encoding) form.set("encoding", fields.encoding);
  if (fields.delimiter) form.set("delimiter", fields.delimiter);
  if (fields.replace) form.set("replace", "true");
  form.set("file", file);
  const call = new XMLHttpRequest();
  const done = new Promise<DataFileDetail>((resolve, reject) => {
    call.upload.onprogress = ({ loaded, total }) => {
      onprogress(total > 0 ? loaded / total : 0);
    };
    call.onload = () => {
      if (call.status === 201) resolve(JSON.parse(call.responseText) as DataFileDetail);
      else reject(new ApiError(call.status, problemOf(call.responseText, call.statusText)));
    };
    call.onerror = () => reject(new ApiError(0, { title: "No response", detail: NO_ANSWER }));
    call.onabort = () => reject(new DOMException("canceled", "AbortError"));
    call.open("POST", urlOf("/data/upload"));
    call.setRequestHeader("Accept", "application/json");
    call.send(form);
  });
  return {
    done,
    cancel: () => call.abort(),
  };
}
