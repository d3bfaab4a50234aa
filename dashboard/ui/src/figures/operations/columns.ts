/** Columns of the operations table, and the sort order in the URL. */
import type { Op } from "../../api/types";
import { type Maybe, type Formatted, count, millis, percent, rate, text } from "../../model/display/format";
import type { TsvValue } from "../../model/display/tsv";
import { type OpColumn, type Sort, isColumn } from "../../model/figures/operations";

export interface Cell {
  key: OpColumn;
  name: string;
  hint?: string;
  text?: boolean;
  /** Hidden on narrow screens. */
  spare?: boolean;
  show: (row: Partial<Op>) => string;
}

const figure = (key: OpColumn, name: string, show: (value: Maybe) => Formatted, more: Partial<Cell> = {}): Cell => ({
  key,
  name,
  show: (row) => {
    const formatted = show(row[key] as Maybe);
    return formatted.unit === "%" ? text(formatted) : formatted.value;
  },
  ...more,
});

const approximateFigure = (key: "min_ms" | "max_ms", name: string): Cell => ({
  key,
  name,
  hint: "≈ marks an estimate: the edge of a histogram bucket",
  spare: true,
  show: (row) => {
    const { value } = millis(row[key]);
    return value === "—" || row.exact ? value : `≈ ${value}`;
  },
});

export const CELLS: Cell[] = [
  { key: "op", name: "Operation", text: true, show: (row) => row.op ?? "" },
  { key: "group", name: "Group", text: true, spare: true, show: (row) => row.group ?? "" },
  figure("total_reqs", "Requests", count),
  figure("rps", "RPS", rate, { spare: true }),
  figure("errors", "Errors", count, { spare: true }),
  figure("error_rate", "Error %", percent),
  figure("avg_ms", "avg", millis, { spare: true }),
  approximateFigure("min_ms", "min"),
  approximateFigure("max_ms", "max"),
  figure("p50_ms", "p50", millis, { spare: true }),
  figure("p90_ms", "p90", millis, { spare: true }),
  figure("p95_ms", "p95", millis),
  figure("p99_ms", "p99", millis, { spare: true }),
];

/** Returns the header of a column with its unit, for a table that is copied from the page. */
export const headOf = ({ key, name }: Cell): string =>
  key.endsWith("_ms") ? `${name} ms` : key === "error_rate" ? "Error rate" : name;

/** Returns the values of a row, with all digits. */
export const valuesOf = (row: Op, cells: readonly Cell[]): TsvValue[] => cells.map(({ key }) => row[key]);

const DEFAULT_SORT: Sort = { by: "p95_ms", down: true };

export function parseSort(text: string): Sort {
  const by = text.replace(/^-/, "");
  return isColumn(by) ? { by, down: text.startsWith("-") } : DEFAULT_SORT;
}

export const writeSort = ({ by, down }: Sort): string => (by === DEFAULT_SORT.by && down ? "" : (down ? "-" : "") + by);
