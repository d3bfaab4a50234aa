/** Uploads a form with XMLHttpRequest, because fetch reports no upload progress. */
import { urlOf } from "./base-path";
import { ApiError, NO_ANSWER, problemOf } from "./client";

export interface Upload<T> {
  done: Promise<T>;
  cancel: () => void;
}

export function upload<T>(path: string, form: FormData, onprogress: (share: number) => void): Upload<T> {
  const call = new XMLHttpRequest();
  const done = new Promise<T>((resolve, reject) => {
    call.upload.onprogress = ({ loaded, total }) => {
      onprogress(total > 0 ? loaded / total : 0);
    };
    call.onload = () => {
      if (call.status >= 200 && call.status < 300) resolve(JSON.parse(call.responseText) as T);
      else reject(new ApiError(call.status, problemOf(call.responseText, call.statusText)));
    };
    call.onerror = () => reject(new ApiError(0, { title: "No response", detail: NO_ANSWER }));
    call.onabort = () => reject(new DOMException("canceled", "AbortError"));
    call.open("POST", urlOf(path));
    call.setRequestHeader("Accept", "application/json");
    call.send(form);
  });
  return { done, cancel: () => call.abort() };
}
