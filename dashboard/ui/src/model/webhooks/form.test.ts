import { expect, it } from "vitest";

import { aKind, aWebhook } from "../../test/webhook-factories";
import { bodyOf, emptyForm, filterText, formOf, hasFilters, resultText } from "./form";

it("starts with the events of its kind", () => {
  const form = emptyForm(aKind({ default_events: ["run.failed"] }));
  expect(form.events).toEqual(["run.failed"]);
  expect(hasFilters(form)).toBe(false);
});

it("sends filters as lists and metadata as pairs", () => {
  const form = {
    ...emptyForm(aKind()),
    name: " ci ",
    url: " https://a.example ",
    profiles: "smoke, ramp,",
    meta: "branch=main, a=b=c",
  };
  expect(bodyOf(form)).toMatchObject({
    name: "ci",
    url: "https://a.example",
    filters: { profiles: ["smoke", "ramp"], env_profiles: [], meta: { branch: "main", a: "b=c" } },
  });
});

it("leaves out secrets that were not typed, and removes those that are to be removed", () => {
  const form = formOf(aWebhook({ is_signed: true, has_token: true }));
  expect(bodyOf(form)).not.toHaveProperty("secret");
  expect(bodyOf({ ...form, removed: ["secret"], token: "t", headers: "X-A: 1\n\nX-B: 2:3" })).toMatchObject({
    secret: null,
    token: "t",
    headers: { "X-A": "1", "X-B": "2:3" },
  });
});

it("shows a webhook again as it was sent", () => {
  const filters = {
    profiles: ["smoke"],
    env_profiles: ["stage"],
    verdicts: ["fail" as const],
    tags: ["a"],
    meta: { b: "c" },
  };
  const form = formOf(aWebhook({ filters }));
  expect(bodyOf(form).filters).toEqual(filters);
  expect(hasFilters(form)).toBe(true);
  expect(filterText({ filters })).toBe("smoke · stage · fail · a · b=c");
});

it("names the result of a delivery", () => {
  expect(resultText({ status: null, error: null, answer: null })).toBe("not attempted yet");
  expect(resultText({ status: 204, error: null, answer: "" })).toBe("answered 204");
  expect(resultText({ status: 500, error: "the receiver answered 500", answer: "oops" })).toBe(
    "the receiver answered 500: oops",
  );
});
