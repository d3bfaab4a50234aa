import { fireEvent, render, screen } from "@testing-library/svelte";
import { expect, it, vi } from "vitest";

import type { Op } from "../../api/types";
import { groupsOf, totalsOf } from "../../model/figures/operations";
import { anOp } from "../../test/factories";
import OpsTable from "./OpsTable.svelte";

const OPS = [
  anOp("Login", { p95_ms: 30 }),
  anOp("List", { p95_ms: 90, errors: 0, error_rate: 0 }),
  anOp("Buy", { p95_ms: null }),
];

function show(rows: Op[], props: { sort?: string; open?: string; hrefOf?: (op: Op) => string } = {}) {
  const onsort = vi.fn();
  const totals = totalsOf(rows, rows, null, null);
  const table = render(OpsTable, { rows, groups: groupsOf(rows), totals, sort: "", onsort, ...props });
  return { onsort, ...table };
}

const names = () => [...document.querySelectorAll("[data-op]")].map((element) => element.getAttribute("data-op"));
const column = (name: RegExp) => screen.getByRole("columnheader", { name });

it("sorts by p95 in descending order by default, with missing values last", () => {
  show(OPS);
  expect(names()).toEqual(["List", "Login", "Buy"]);
  expect(column(/^p95$/).getAttribute("aria-sort")).toBe("descending");
});

it("uses the sort order of the URL", () => {
  show(OPS, { sort: "op" });
  expect(names()).toEqual(["Buy", "List", "Login"]);
  expect(column(/^Operation$/).getAttribute("aria-sort")).toBe("ascending");
});

it("reverses the order of the sorted column, and sorts other columns in their default direction", async () => {
  const { onsort } = show(OPS, { sort: "op" });
  for (const name of [/^Operation$/, /^Group$/, /^Requests$/]) {
    const button = column(name).querySelector("button");
    if (button) await fireEvent.click(button);
  }
  expect(onsort.mock.calls).toEqual([["-op"], ["group"], ["-total_reqs"]]);
});

it("shows totals, and marks the errors of a row", () => {
  show(OPS);
  const [, ...cells] = [...document.querySelectorAll("tfoot td")].map((cell) => cell.textContent.trim());
  expect(cells.slice(1, 4)).toEqual(["300", "30.0", "4"]);
  const failing = [...document.querySelectorAll("tbody td.warn")].map((cell) =>
    cell.textContent.trim().replace(/\s/g, " "),
  );
  expect(failing).toEqual(["2.00%", "2.00%"]);
});

it("links operations only if they can be opened, and marks the open one", async () => {
  const { rerender } = show(OPS);
  expect(screen.queryByRole("link")).toBeNull();
  await rerender({ hrefOf: ({ op }: Op) => `#/endpoints?op=${op}`, open: "List" });
  expect(screen.getByRole("link", { name: "List" }).getAttribute("aria-current")).toBe("true");
  expect(screen.getByRole("link", { name: "Buy" }).getAttribute("aria-current")).toBeNull();
});

it("reports that no operation matches the filter", () => {
  show([]);
  expect(screen.getByText("No operation matches the filter.")).toBeTruthy();
});

it("renders only some rows of a long table", () => {
  show(Array.from({ length: 1_000 }, (_, i) => anOp(`op ${String(i)}`)));
  expect(names().length).toBeLessThan(300);
  expect(screen.getByRole("table").getAttribute("aria-rowcount")).toBe("1002");
});
