import { render } from "@testing-library/svelte";
import { expect, it } from "vitest";

import { count, millis } from "../model/display/format";
import Value from "./Value.svelte";

it("shows the unit smaller than the value, and a missing value as a dash without a unit", async () => {
  const { container, rerender } = render(Value, { of: millis(382) });
  expect([container.textContent, container.querySelector("small")?.textContent]).toEqual(["382ms", "ms"]);
  await rerender({ of: count(null) });
  expect(container.textContent).toBe("—");
  expect(container.querySelector("small")).toBeNull();
});
