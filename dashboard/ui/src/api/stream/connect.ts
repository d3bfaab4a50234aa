/** Opens the stream with fetch. EventSource hides heartbeats, Last-Event-ID and the status of a failed request. */
import { urlOf } from "../base-path";
import { Busy, Denied } from "./connection";

const DEFAULT_RETRY_S = 5;

export async function* connect(topics: string[], lastId: string | null, signal: AbortSignal): AsyncGenerator<string> {
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (lastId !== null) headers["Last-Event-ID"] = lastId;
  const query = topics.map(encodeURIComponent).join(",");
  const response = await fetch(urlOf(`/stream?topics=${query}`), { headers, signal, cache: "no-store" });
  if (response.status === 401 || response.status === 403) throw new Denied();
  if (response.status === 503) throw new Busy(Number(response.headers.get("Retry-After")) || DEFAULT_RETRY_S);
  if (!response.ok || !response.body)
    throw new Error(`The stream request failed with status ${String(response.status)}.`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
