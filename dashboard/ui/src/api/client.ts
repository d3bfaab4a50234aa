/** The one place that calls fetch: true errors as ApiError, with the messages of their fields. */
import type { Problem } from "./types";

export class ApiError extends Error {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly title: string;
  readonly fields: ReadonlyMap<string, string>;
  /** What else the answer says: `run_id` of the run in the way, `confirm` when a yes would do. */
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(status: number, problem: Problem) {
    super(problem.detail ?? problem.title ?? `The server answered ${String(status)}.`);
    this.name = "ApiError";
    this.status = status;
    this.title = problem.title ?? "";
    this.extra = problem;
    this.fields = new Map((problem.errors ?? []).map((error) => [error.field, error.message]));
  }
}

export interface Call {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  query?: Record<string, string | number | null | undefined>;
  /** JSON, or a file as it is. */
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** Refused with 412 when what is changed is no longer what this tag was of. */
  ifMatch?: string | undefined;
}

export const NO_ANSWER = "The dashboard does not answer. Is it still running?";

/** The answer's JSON; what is not 2xx is thrown as ApiError. An abort passes through as it is. */
export async function request<T>(path: string, call: Call = {}): Promise<T> {
  return (await send(path, call).then(decode)) as T;
}

export interface Page<T> {
  items: T[];
  total: number | null;
  more: boolean;
  /** What leads to the next page. */
  next: Record<string, string>;
}

/** A list with what its headers say: how many there are, and whether older ones follow. */
export async function requestPage<T>(path: string, call: Call = {}): Promise<Page<T>> {
  const response = await send(path, call);
  const items = (await decode(response)) as T[];
  const total = response.headers.get("X-Total-Count");
  const next = /<([^>]*)>; rel="?next"?/.exec(response.headers.get("Link") ?? "")?.[1];
  return {
    items,
    total: total === null ? null : Number(total),
    more: next !== undefined,
    next: Object.fromEntries(new URLSearchParams(next?.split("?", 2)[1])),
  };
}

export interface Tagged<T> {
  value: T;
  tag: string;
}

/** The answer with its ETag, for `ifMatch` of a later change. */
export async function requestTagged<T>(path: string, call: Call = {}): Promise<Tagged<T>> {
  const response = await send(path, call);
  return { value: (await decode(response)) as T, tag: response.headers.get("ETag") ?? "" };
}

async function send(path: string, { method = "GET", query, body, signal, ifMatch }: Call): Promise<Response> {
  const init: RequestInit = { method, headers: { Accept: "application/json" }, credentials: "same-origin" };
  if (signal) init.signal = signal;
  if (ifMatch) init.headers = { ...init.headers, "If-Match": ifMatch };
  if (body instanceof Blob) {
    init.body = body;
    init.headers = { ...init.headers, "Content-Type": body.type };
  } else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, "Content-Type": "application/json" };
  }
  try {
    return await fetch(path + queryString(query), init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, { title: "No answer", detail: NO_ANSWER });
  }
}

async function decode(response: Response): Promise<unknown> {
  if (response.status === 204) return null;
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as unknown;
  throw new ApiError(response.status, problemOf(text, response.statusText));
}

export function problemOf(text: string, statusText: string): Problem {
  try {
    const problem = JSON.parse(text) as unknown;
    if (typeof problem === "object" && problem !== null) return problem;
  } catch {
    // Not JSON: a proxy's page; its status text says more than its markup.
  }
  return statusText ? { title: statusText, detail: `The server answered: ${statusText}.` } : {};
}

export function queryString(query: Call["query"]): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== null && value !== undefined && value !== "") parameters.set(name, String(value));
  const text = parameters.toString();
  return text ? `?${text}` : "";
}

export const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";

/** What to tell a person about anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
