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
  const withoutHops = Math.max(errors, requests - sum("hops"));
  return { total_reqs: requests, errors, error_rate: withoutHops ? errors / withoutHops : null, rps };
}

const COLORS = 8;
const assignedColors = new WeakMap<readonly { name: string }[], Map<string, number>>();

/** Returns the series color of a group. Its name decides, so that the group has the same color in every run. */
export function colorOf(groups: readonly { name: string }[], group: string): string {
  const assigned = assignedColors.get(groups) ?? assignColors(groups.map(({ name }) => name));
  assignedColors.set(groups, assigned);
  return `var(--s${String((assigned.get(group) ?? hashOf(group) % COLORS) + 1)})`;
}

/** Gives each group the color of its hash. If several have the same, all but the first get colors that are left. */
function assignColors(names: readonly string[]): Map<string, number> {
  const sorted = [...names].sort((a, b) => hashOf(a) - hashOf(b) || (a < b ? -1 : 1));
  const assigned = new Map<string, number>();
  const free = new Set(Array.from({ length: COLORS }, (_, i) => i));
  for (const name of sorted) if (free.delete(hashOf(name) % COLORS)) assigned.set(name, hashOf(name) % COLORS);
  for (const name of sorted.filter((other) => !assigned.has(other))) {
    const [color = hashOf(name) % COLORS] = free;
    free.delete(color);
    assigned.set(name, color);
  }
  return assigned;
}

/** FNV-1a, 32 bits. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193) >>> 0;
  return hash >>> 8;
}

/** Replaces known rows with changed ones and appends new ones. */
export function mergeOps(known: readonly Op[], changed: readonly Op[]): Op[] {
  const rows = new Map(known.map((op) => [keyOf(op), op]));
  for (const op of changed) rows.set(keyOf(op), op);
  return [...rows.values()];
}

export const keyOf = (op: Pick<Op, "op" | "phase">): string => `${op.phase}\u0000${op.op}`;
