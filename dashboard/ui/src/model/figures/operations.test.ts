import { describe, expect, it } from "vitest";

import { aBreakdown, anOp, figures } from "../../test/factories";
import { colorOf, filterOps, groupsOf, mergeOps, sortOps, totalsOf } from "./operations";

const LOGIN = anOp("Login", { group: "account", p95_ms: 30, total_reqs: 10, errors: 1, rps: 1 });
const LIST = anOp("List", { group: "catalog", p95_ms: 90, total_reqs: 30, errors: 0, rps: 3 });
const SEARCH = anOp("Search", { group: "catalog", p95_ms: null, total_reqs: 20, errors: 2, rps: 2 });
const ALL = [LOGIN, LIST, SEARCH];
const names = (ops: { op: string }[]) => ops.map(({ op }) => op);

describe("operations", () => {
  it("sort missing values last in both directions", () => {
    expect(names(sortOps(ALL, { by: "p95_ms", down: true }))).toEqual(["List", "Login", "Search"]);
    expect(names(sortOps(ALL, { by: "p95_ms", down: false }))).toEqual(["Login", "List", "Search"]);
  });

  it("sort by name", () => {
    expect(names(sortOps(ALL, { by: "op", down: false }))).toEqual(["List", "Login", "Search"]);
  });

  it("are filtered by group and by text", () => {
    expect(names(filterOps(ALL, "catalog", ""))).toEqual(["List", "Search"]);
    expect(names(filterOps(ALL, null, " SEAR "))).toEqual(["Search"]);
  });

  it("have groups with sizes", () => {
    const groups = groupsOf(ALL);
    expect(groups).toEqual([
      { name: "account", size: 1 },
      { name: "catalog", size: 2 },
    ]);
  });

  it("have groups that keep their colors when other groups are added", () => {
    const colorsOf = (...names: string[]) => {
      const groups = names.map((name) => ({ name }));
      return names.map((name) => colorOf(groups, name));
    };
    const [account, , , search] = colorsOf("account", "browse", "catalog", "search");
    expect(colorsOf("account", "search")).toEqual([account, search]);
  });

  it("have eight groups in eight colors", () => {
    const groups = ["a", "b", "c", "d", "e", "f", "g", "h"].map((name) => ({ name }));
    expect(new Set(groups.map(({ name }) => colorOf(groups, name))).size).toBe(8);
  });

  it("replace known rows with changed ones", () => {
    const merged = mergeOps(ALL, [{ ...LIST, total_reqs: 31 }, anOp("New")]);
    expect(merged.map(({ op, total_reqs }) => [op, total_reqs])).toEqual([
      ["Login", 10],
      ["List", 31],
      ["Search", 20],
      ["New", 100],
    ]);
  });

  it("have separate rows for setup and the run", () => {
    expect(mergeOps([LOGIN], [{ ...LOGIN, phase: "setup" }])).toHaveLength(2);
  });
});

describe("totals", () => {
  const breakdown = aBreakdown({
    figures: figures({ total_reqs: 60, p95_ms: 77 }),
    groups: [{ ...figures({ total_reqs: 50, p95_ms: 88 }), name: "catalog" }],
  });

  it("of all rows equal those of the run", () => {
    expect(totalsOf(ALL, ALL, breakdown, null).p95_ms).toBe(77);
  });

  it("of a group come from the server", () => {
    expect(totalsOf([LIST, SEARCH], ALL, breakdown, "catalog").p95_ms).toBe(88);
  });

  it("of any other selection add up counts and have no percentiles", () => {
    const totals = totalsOf([LOGIN, SEARCH], ALL, breakdown, null);
    expect(totals).toMatchObject({ total_reqs: 30, errors: 3, error_rate: 0.1, rps: 3 });
    expect(totals.p95_ms).toBeUndefined();
  });
});
