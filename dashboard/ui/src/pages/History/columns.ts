/** The columns of the list of runs. `sort` is what the API sorts by; what has none cannot be sorted. */
export interface Column {
  name: string;
  sort?: string;
  /** The largest first when it is chosen. */
  down?: boolean;
  n?: boolean;
  room?: "wide" | "spare";
}

export const COLUMNS: readonly Column[] = [
  { name: "Outcome", sort: "verdict" },
  { name: "Profile", sort: "profile" },
  { name: "Target", room: "wide" },
  { name: "Environment", sort: "env_profile", room: "spare" },
  { name: "Label and tags", sort: "label", room: "spare" },
  { name: "Started", sort: "created_at", down: true },
  { name: "Length", sort: "duration_s", down: true, n: true, room: "spare" },
  { name: "Requests", sort: "total_reqs", down: true, n: true, room: "wide" },
  { name: "RPS", sort: "rps", down: true, n: true, room: "spare" },
  { name: "p95 ms", sort: "p95_ms", down: true, n: true },
  { name: "Errors", sort: "error_rate", down: true, n: true },
  { name: "Apdex", sort: "apdex_score", room: "spare" },
];

const USUAL = "-created_at";

/** The order after a column's record was pressed; the usual one needs no words in the address. */
export function nextSort(now: string, { sort = "", down = false }: Column): string {
  const current = now || USUAL;
  const same = current.replace(/^-/, "") === sort;
  const falling = same ? !current.startsWith("-") : down;
  const next = `${falling ? "-" : ""}${sort}`;
  return next === USUAL ? "" : next;
}

export function directionOf(now: string, { sort }: Column): "ascending" | "descending" | undefined {
  const current = now || USUAL;
  if (sort === undefined || current.replace(/^-/, "") !== sort) return undefined;
  return current.startsWith("-") ? "descending" : "ascending";
}
