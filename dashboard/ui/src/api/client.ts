/** HTTP client of the API. A failed request throws an ApiError that has a message for each invalid field. */
import { urlOf } from "./base-path";
import { takeFirstAnswer } from "./first-answers";
import type { Problem } from "./types";

export class ApiError extends Error {
  /** HTTP status; 0 without a response. */
  readonly status: number;
  readonly title: string;
  readonly fields: ReadonlyMap<string, string>;
  /** Other members of the problem, such as `run_id` of a conflicting run, or `confirm`. */
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(status: number, problem: Problem) {
    super(problem.detail ?? problem.title ?? `The server returned status ${String(status)}.`);
    this.name = "ApiError";
    this.status = status;
    this.title = problem.title ?? "";
    this.extra = problem;
    this.fields = new Map((problem.errors ?? []).map((error) => [error.field, error.message]));
  }
}

export interface Call {
  method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  query?: Record<string, string | number | null | undefined>;
  /** JSON, or a Blob that is sent unchanged. */
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** ETag of the version that the request changes. The server returns 412 if that version is outdated. */
  ifMatch?: string | undefined;
}

export const NO_ANSWER = "The dashboard is not responding. Is it still running?";

/** Returns the JSON of the response. Throws ApiError unless the status is 2xx; an abort is thrown unchanged. */
export async function request<T>(path: string, call: Call = {}): Promise<T> {
  return (await send(path, call).then(decode)) as T;
}

export interface Page<T> {
  items: T[];
  total: number | null;
  more: boolean;
  /** Query parameters of the next page. */
  next: Record<string, string>;
}

/** Returns a list with the total and the next page from its headers. */
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

/** Returns the response with its ETag, for `ifMatch` of a later change. */
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
  const url = path + queryString(query);
  const first = method === "GET" ? takeFirstAnswer(url) : undefined;
  if (first) return first;
  try {
    return await fetch(urlOf(url), init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, { title: "No response", detail: NO_ANSWER });
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
    // Not JSON, for example an error page of a proxy. The status text is used instead.
  }
  return statusText ? { title: statusText, detail: `The server returned: ${statusText}.` } : {};
}

export function queryString(query: Call["query"]): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== null && value !== undefined && value !== "") parameters.set(name, String(value));
  const text = parameters.toString();
  return text ? `?${text}` : "";
}

export const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";

/** Returns the message of a thrown value. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
