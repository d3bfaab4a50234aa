import { expect, it } from "vitest";

import { aRun } from "../../test/run-factories";
import { unreachableText } from "./unreachable";

const BASE_URL = "http://127.0.0.1:9000/shop";

function textOf(errors: Record<string, number>, sent = 200) {
  const unanswered = Object.values(errors).reduce((sum, n) => sum + n, 0);
  const account = {
    iterations: { begun: sent, completed: sent, thrown: 0, cut: 0, dropped: 0, missing: 0 },
    requests: { sent, answered: sent - unanswered, unanswered, errors },
    is_empty: false,
    steps: null,
    values: null,
  };
  return unreachableText(aRun({ base_url: BASE_URL, account }));
}

it.each([
  [{ "dial: connection refused": 200 }, "Connection refused by 127.0.0.1:9000, 100% of requests"],
  [{ "lookup: no such host": 150, EOF: 2 }, "The name of 127.0.0.1:9000 was not found, 75.00% of requests"],
  [{ "request timeout": 100 }, "No response from 127.0.0.1:9000 in time, 50.00% of requests"],
  [{ EOF: 200 }, "No response from 127.0.0.1:9000: EOF, 100% of requests"],
])("names a target that does not answer: %j", (errors, expected) => {
  expect(textOf(errors)).toBe(expected);
});

it("is empty while most requests get a response, and before the first request", () => {
  expect(textOf({ "dial: connection refused": 99 })).toBe("");
  expect(textOf({}, 0)).toBe("");
  expect(unreachableText(aRun({ account: null }))).toBe("");
});
