import { render, screen } from "@testing-library/svelte";
import { expect, it } from "vitest";

import Field from "./Field.svelte";

it("describes the input with its error instead of the hint", async () => {
  const { rerender } = render(Field, { label: "Rate", value: "5", hint: "per second" });
  const input = screen.getByLabelText<HTMLInputElement>("Rate");
  expect(input.value).toBe("5");
  expect(input.getAttribute("aria-invalid")).toBeNull();
  expect(document.getElementById(input.getAttribute("aria-describedby") ?? "")?.textContent).toBe("per second");
  await rerender({ error: "must be at least 1" });
  expect(input.getAttribute("aria-invalid")).toBe("true");
  expect(document.getElementById(input.getAttribute("aria-describedby") ?? "")?.textContent).toBe("must be at least 1");
});
