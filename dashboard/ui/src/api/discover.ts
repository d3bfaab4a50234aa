/** Discovery: endpoints below /discover. */
import { urlOf } from "./base-path";
import { ApiError, NO_ANSWER, problemOf, queryString } from "./client";
import type { Discovered, ImportChoices, ScanAnswer, ScanAttempt } from "./types";
import { type Upload, upload } from "./upload";

/** Reads a document of any supported format. */
export function importDocument(
  document: Blob,
  name: string,
  choices: ImportChoices,
  onprogress: (share: number) => void,
): Upload<Discovered> {
  const form = new FormData();
  form.set("file", document, name);
  form.set("choices", JSON.stringify(choices));
  return upload<Discovered>("/discover/document", form, onprogress);
}

/** Returns the bundled Postman collection of the demo service. */
export async function getPostmanCollection(signal: AbortSignal): Promise<Blob> {
  return (await open("/discover/postman-collection", "application/json", signal)).blob();
}

/** Looks for the API document of a service. Calls `onattempt` for each place when it has been looked at. */
export async function scanUrl(
  url: string,
  onattempt: (attempt: ScanAttempt) => void,
  signal: AbortSignal,
): Promise<ScanAnswer> {
  const response = await open(`/discover/url${queryString({ url })}`, "text/event-stream", signal);
  for await (const { event, data } of eventsOf(response)) {
    if (event === "attempt") onattempt(JSON.parse(data) as ScanAttempt);
    else if (event === "result") return JSON.parse(data) as ScanAnswer;
  }
  throw new ApiError(0, { title: "No response", detail: NO_ANSWER });
}

async function open(path: string, accept: string, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(urlOf(path), { headers: { Accept: accept }, credentials: "same-origin", signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError(0, { title: "No response", detail: NO_ANSWER });
  }
  if (!response.ok) throw new ApiError(response.status, problemOf(await response.text(), response.statusText));
  return response;
}

async function* eventsOf(response: Response): AsyncGenerator<{ event: string; data: string }> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { value: "", done: true };
    if (done) return;
    const blocks = (text + value).split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) yield eventOf(block);
  }
}

function eventOf(block: string): { event: string; data: string } {
  const lines = block.split("\n");
  const valueOf = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
  return { event: valueOf("event"), data: valueOf("data") };
}
