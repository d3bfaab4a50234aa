import { render, screen } from "@testing-library/svelte";
import { expect, it } from "vitest";

import { figures } from "../test/factories";
import Responses from "./Responses.svelte";

it.each([
  [0.97, "good"],
  [0.7, "warn"],
  [0.1, "bad"],
  [0, "bad"],
])("colors the ring of Apdex %s as %s", (apdex_score, tone) => {
  const { container } = render(Responses, { figures: figures({ apdex_score }), period: "whole run", apdexMs: 500 });
  expect(container.querySelector(".arc")?.classList).toContain(tone);
});

it("has no ring without an Apdex", () => {
  const { container } = render(Responses, { figures: figures({ apdex_score: null }), period: "", apdexMs: null });
  expect(container.querySelector(".arc")).toBeNull();
  expect(screen.getByRole("heading", { name: "Apdex —" })).toBeTruthy();
});
