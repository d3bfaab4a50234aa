/** Columns of the run table. `sort` is the sort key of the API; a column without it is not sortable. */
export interface Column {
  name: string;
  sort?: string;
  /** The first click sorts in descending order. */
  descending?: boolean;
  /** The column contains numbers. */
  n?: boolean;
  visibility?: "wide" | "spare";
}

export const ENVIRONMENT = "Environment";

export const COLUMNS: readonly Column[] = [
  { name: "Outcome", sort: "verdict" },
  { name: "Profile", sort: "profile" },
  { name: "Target", visibility: "wide" },
  { name: ENVIRONMENT, sort: "env_profile", visibility: "spare" },
  { name: "Label and tags", sort: "label", visibility: "spare" },
  { name: "Started", sort: "created_at", descending: true },
  { name: "Duration", sort: "duration_s", descending: true, n: true, visibility: "spare" },
  { name: "Requests", sort: "total_reqs", descending: true, n: true, visibility: "wide" },
  { name: "RPS", sort: "rps", descending: true, n: true, visibility: "spare" },
  { name: "p95 ms", sort: "p95_ms", descending: true, n: true },
  { name: "Errors", sort: "error_rate", descending: true, n: true },
  { name: "Apdex", sort: "apdex_score", visibility: "spare" },
];

const DEFAULT_SORT = "-created_at";

/** Returns the sort order after a click on a column header. The default order is the empty string. */
export function nextSort(sortParameter: string, { sort = "", descending = false }: Column): string {
  const current = sortParameter || DEFAULT_SORT;
  const same = current.replace(/^-/, "") === sort;
  const isDescending = same ? !current.startsWith("-") : descending;
  const next = `${isDescending ? "-" : ""}${sort}`;
  return next === DEFAULT_SORT ? "" : next;
}

export function directionOf(sortParameter: string, { sort }: Column): "ascending" | "descending" | undefined {
  const current = sortParameter || DEFAULT_SORT;
  if (sort === undefined || current.replace(/^-/, "") !== sort) return undefined;
  return current.startsWith("-") ? "descending" : "ascending";
}
