import { render, screen } from "@testing-library/svelte";
import { expect, it, vi } from "vitest";

import { aRun } from "../../test/run-factories";
import RunTable from "./RunTable.svelte";

const PROPS = { selected: new Set<string>(), onselect: vi.fn(), sort: "", onsort: vi.fn() };

it.each([
  [null, 0],
  ["stage", 1],
])("has a column of environments only if a run has one (%s)", (env_profile, columns) => {
  render(RunTable, { ...PROPS, items: [aRun({ env_profile }), aRun({ run_id: "20261121-110000-abcdefgh" })] });
  expect(screen.queryAllByRole("columnheader", { name: "Environment" })).toHaveLength(columns);
  const heads = screen.getAllByRole("columnheader").length;
  for (const row of screen.getAllByRole("row").slice(1)) expect(row.querySelectorAll("td")).toHaveLength(heads);
});
