import { afterEach, expect, it, vi } from "vitest";

import { ApiError, NO_ANSWER, queryString, request, requestPage } from "./client";

const stubResponse = (body: string, init: ResponseInit = {}) => {
  const fetchMock = vi.fn<typeof fetch>().mockResolvedValue(new Response(init.status === 204 ? null : body, init));
  vi.stubGlobal("fetch", fetchMock);
  return fetchMock;
};

async function requestError(): Promise<ApiError> {
  const error: unknown = await request("/run/start", { method: "POST", body: {} }).catch((thrown: unknown) => thrown);
  if (!(error instanceof ApiError)) throw new Error("no ApiError was thrown");
  return error;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

it("sends JSON and reads JSON", async () => {
  const fetchMock = stubResponse('{"ok": true}');
  expect(await request("/x", { method: "POST", body: { a: 1 }, query: { q: "a b", none: null } })).toEqual({
    ok: true,
  });
  const [url, init] = fetchMock.mock.calls[0] ?? [];
  expect(url).toBe("/x?q=a+b");
  expect(init).toMatchObject({ method: "POST", body: '{"a":1}', headers: { "Content-Type": "application/json" } });
});

it("returns null for an empty response", async () => {
  stubResponse("", { status: 204 });
  expect(await request("/x")).toBeNull();
});

it("reads a message for each invalid field", async () => {
  const problem = {
    title: "Invalid request",
    detail: "vus: must be at least 1",
    errors: [{ field: "vus", message: "must be at least 1" }],
  };
  stubResponse(JSON.stringify(problem), { status: 422 });
  const error = await requestError();
  expect([error.status, error.message, error.fields.get("vus")]).toEqual([
    422,
    "vus: must be at least 1",
    "must be at least 1",
  ]);
});

it("reads the other members of the problem", async () => {
  stubResponse(JSON.stringify({ title: "Conflict", detail: "live", run_id: "abc" }), { status: 409 });
  expect((await requestError()).extra["run_id"]).toBe("abc");
});

it("has a message for a response that is not a problem document", async () => {
  stubResponse("<html>", { status: 502, statusText: "Bad Gateway" });
  expect((await requestError()).message).toBe("The server returned: Bad Gateway.");
});

it("reports a missing response", async () => {
  vi.stubGlobal("fetch", vi.fn().mockRejectedValue(new TypeError("network")));
  const error = await requestError();
  expect([error.status, error.message]).toEqual([0, NO_ANSWER]);
});

it("throws an abort unchanged", async () => {
  const abort = new AbortController();
  abort.abort();
  vi.stubGlobal("fetch", vi.fn().mockRejectedValue(new DOMException("aborted", "AbortError")));
  await expect(request("/x", { signal: abort.signal })).rejects.toThrow(DOMException);
});

it("reads the total and the next page from the headers", async () => {
  stubResponse("[1]", { headers: { "X-Total-Count": "7", Link: '</runs?before=a>; rel="next"' } });
  expect(await requestPage("/runs")).toEqual({ items: [1], total: 7, more: true, next: { before: "a" } });
});

it("omits empty parameters", () => {
  expect(queryString({ a: "", b: undefined, c: 0 })).toBe("?c=0");
});
