/** Operations of a run: sorting, filtering, totals and group colors. */
import type { Breakdown, Figures, Op } from "../../api/types";

export const COLUMNS = [
  "op",
  "group",
  "total_reqs",
  "rps",
  "errors",
  "error_rate",
  "avg_ms",
  "min_ms",
  "max_ms",
  "p50_ms",
  "p90_ms",
  "p95_ms",
  "p99_ms",
] as const satisfies readonly (keyof Op)[];
export type OpColumn = (typeof COLUMNS)[number];
export interface Sort {
  by: OpColumn;
  down: boolean;
}

export const isColumn = (name: string): name is OpColumn => (COLUMNS as readonly string[]).includes(name);

/** Sorts missing values last in both directions. Ties are sorted by name, which keeps the row order stable. */
export function sortOps(ops: readonly Op[], { by, down }: Sort): Op[] {
  const sign = down ? -1 : 1;
  return [...ops].sort((a, b) => {
    const [x, y] = [a[by], b[by]];
    if (x === null || y === null) return x === y ? compareNames(a, b) : x === null ? 1 : -1;
    const order = typeof x === "string" ? x.localeCompare(String(y)) : x - Number(y);
    return order === 0 ? compareNames(a, b) : order * sign;
  });
}

const compareNames = (a: Op, b: Op): number => a.op.localeCompare(b.op) || a.phase.localeCompare(b.phase);

export function filterOps(ops: readonly Op[], group: string | null, query: string): Op[] {
  const needle = query.trim().toLowerCase();
  return ops.filter(
    (op) =>
      (group === null || op.group === group) &&
      (needle === "" || op.op.toLowerCase().includes(needle) || op.group.toLowerCase().includes(needle)),
  );
}

export const groupsOf = (ops: readonly Op[]): { name: string; size: number }[] => {
  const sizes = new Map<string, number>();
  for (const op of ops) sizes.set(op.group, (sizes.get(op.group) ?? 0) + 1);
  return [...sizes].map(([name, size]) => ({ name, size })).sort((a, b) => a.name.localeCompare(b.name));
};

export type Totals = Pick<Figures, "total_reqs" | "errors"> & Partial<Figures>;

/** Returns figures of the visible rows. Percentiles cannot be added; they exist only if the server merged the rows. */
export function totalsOf(
  rows: readonly Op[],
  all: readonly Op[],
  breakdown: Breakdown | null,
  group: string | null,
): Totals {
  if (breakdown && rows.length === all.length) return breakdown.figures;
  const merged = group === null ? null : breakdown?.groups.find((entry) => entry.name === group);
  if (merged && rows.length === all.filter((op) => op.group === group).length) return merged;
  const sum = (key: "total_reqs" | "errors" | "hops") => rows.reduce((total, op) => total + op[key], 0);
  const requests = sum("total_reqs");
  const rps = rows.every((op) => op.rps !== null) ? rows.reduce((total, op) => total + (op.rps ?? 0), 0) : null;
  const errors = sum("errors");
  const asked = Math.max(errors, requests - sum("hops"));
  return { total_reqs: requests, errors, error_rate: asked ? errors / asked : null, rps };
}

/** Returns one of eight series colors, assigned by name order so that a group has the same color on every tab. */
export function colorOf(groups: readonly { name: string }[], group: string): string {
  const index = groups.findIndex((entry) => entry.name === group);
  return `var(--s${String((Math.max(index, 0) % 8) + 1)})`;
}

/** Replaces known rows with changed ones and appends new ones. */
export function mergeOps(known: readonly Op[], changed: readonly Op[]): Op[] {
  const rows = new Map(known.map((op) => [keyOf(op), op]));
  for (const op of changed) rows.set(keyOf(op), op);
  return [...rows.values()];
}

export const keyOf = (op: Pick<Op, "op" | "phase">): string => `${op.phase}\u0000${op.op}`;
