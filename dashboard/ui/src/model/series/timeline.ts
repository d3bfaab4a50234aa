/** Snapshots of a run, stored by column. A snapshot with a known sequence number replaces the old one. */
import type { Snapshot, SnapshotColumns } from "../../api/types";

export const FIELDS = [
  "elapsed_s",
  "window_s",
  "vus",
  "requests",
  "errors",
  "rps",
  "error_rate",
  "p50_ms",
  "p75_ms",
  "p90_ms",
  "p95_ms",
  "p99_ms",
  "avg_ms",
  "ttfb_ms",
  "apdex_score",
  "checks_rate",
  "total_reqs",
  "total_errors",
  "data_received_bytes",
  "data_sent_bytes",
  "generator_cpu",
  "busy_vus",
] as const satisfies readonly (keyof Snapshot)[];

export type Field = (typeof FIELDS)[number];
export type Row = Partial<Record<Field, number | null>> & { seq: number };
export type Column = (number | null)[];

/** More uncovered time than this between two windows breaks a line. */
const MIN_GAP_S = 1;

export class Timeline {
  readonly seq: number[] = [];
  readonly columns: Record<Field, Column>;
  /** Indexes i: no line is drawn between points i-1 and i. */
  readonly gaps = new Set<number>();

  #changed = Infinity;

  constructor() {
    this.columns = Object.fromEntries(FIELDS.map((field) => [field, []])) as unknown as Record<Field, Column>;
  }

  get length(): number {
    return this.seq.length;
  }

  get lastSeq(): number {
    return this.seq.at(-1) ?? 0;
  }

  get lastS(): number {
    return this.columns.elapsed_s.at(-1) ?? 0;
  }

  at(field: Field, index: number): number | null {
    return this.columns[field][index] ?? null;
  }

  last(field: Field): number | null {
    return this.columns[field].at(-1) ?? null;
  }

  /** Returns the lowest index that changed since the last call; Infinity if none did. */
  takeChanged(): number {
    const changed = this.#changed;
    this.#changed = Infinity;
    return changed;
  }

  /** Returns the index of the window whose end is nearest to `seconds`. */
  nearest(seconds: number): number {
    const times = this.columns.elapsed_s;
    let [low, high] = [0, Math.max(0, this.length - 1)];
    while (low < high) {
      const middle = (low + high) >> 1;
      const [here, next] = [times[middle] ?? 0, times[middle + 1] ?? 0];
      if (seconds > (here + next) / 2) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  upsert(row: Row): void {
    const at = this.#indexOf(row.seq);
    this.#changed = Math.min(this.#changed, at);
    if (at === this.length) this.#append(row);
    else if (this.seq[at] === row.seq) this.#replace(at, row);
    else this.#insert(at, row);
    this.#markGap(at);
    this.#markGap(at + 1);
  }

  /** Adds columns in the format of the API. */
  merge(columns: SnapshotColumns): void {
    const seqs = columns["seq"] ?? [];
    for (const [i, seq] of seqs.entries()) {
      if (seq === null) continue;
      const row: Row = { seq };
      for (const field of FIELDS) row[field] = columns[field]?.[i] ?? null;
      this.upsert(row);
    }
  }

  /** Returns the half-open index range [start, end) of windows that end in (from_s, to_s]. */
  between(from_s: number, to_s: number): [number, number] {
    const times = this.columns.elapsed_s;
    const firstAfter = (limit: number) => {
      const index = times.findIndex((time) => (time ?? 0) > limit);
      return index < 0 ? times.length : index;
    };
    return [firstAfter(from_s), firstAfter(to_s)];
  }

  /** Returns the range covered by the windows that end in (from_s, to_s]; null if there are none. */
  snap(from_s: number, to_s: number): { from_s: number; to_s: number } | null {
    const [start, end] = this.between(from_s, to_s);
    if (end <= start) return null;
    const endOf = (index: number) => (index < 0 ? 0 : Math.ceil((this.columns.elapsed_s[index] ?? 0) * 10) / 10);
    return { from_s: endOf(start - 1), to_s: endOf(end - 1) };
  }

  /** Returns at most `n` evenly spaced values of a field from an index range, for a sparkline. */
  sample(field: Field, n: number, [start, end]: readonly [number, number] = [0, this.length]): Column {
    const column = this.columns[field];
    const size = end - start;
    if (size <= n) return column.slice(start, end);
    const step = (size - 1) / (n - 1);
    return Array.from({ length: n }, (_, i) => column[start + Math.round(i * step)] ?? null);
  }

  #indexOf(seq: number): number {
    let [low, high] = [0, this.length];
    if (seq > this.lastSeq) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.seq[middle] ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #append(row: Row): void {
    this.seq.push(row.seq);
    for (const field of FIELDS) this.columns[field].push(row[field] ?? null);
  }

  #replace(at: number, row: Row): void {
    for (const field of FIELDS) this.columns[field][at] = row[field] ?? null;
  }

  #insert(at: number, row: Row): void {
    this.seq.splice(at, 0, row.seq);
    for (const field of FIELDS) this.columns[field].splice(at, 0, row[field] ?? null);
    const moved = [...this.gaps].map((gap) => (gap >= at ? gap + 1 : gap));
    this.gaps.clear();
    for (const gap of moved) this.gaps.add(gap);
  }

  #markGap(at: number): void {
    if (at <= 0 || at >= this.length) return;
    const uncovered =
      (this.at("elapsed_s", at) ?? 0) - (this.at("window_s", at) ?? 0) - (this.at("elapsed_s", at - 1) ?? 0);
    if (uncovered > MIN_GAP_S) this.gaps.add(at);
    else this.gaps.delete(at);
  }
}
