/** Snapshots of a run, stored by column. A snapshot with a known sequence number replaces the old one. */
import type { Range, Snapshot, SnapshotColumns } from "../../api/types";

/** Fields that only the page has, each with the API field that is divided by the length of the window. */
const PER_SECOND = { received_per_s: "data_received_bytes", sent_per_s: "data_sent_bytes" } as const;

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
  "blocked_ms",
  "connecting_ms",
  "tls_handshaking_ms",
  "sending_ms",
  "receiving_ms",
  "iteration_ms",
  "received_per_s",
  "sent_per_s",
] as const satisfies readonly (keyof Snapshot | keyof typeof PER_SECOND)[];

export type Field = (typeof FIELDS)[number];
export type Row = Partial<Record<Field, number | null>> & { seq: number };
export type Column = (number | null)[];

const isPerSecond = (field: Field): field is keyof typeof PER_SECOND => field in PER_SECOND;

function valueOf(row: Row, field: Field): number | null {
  if (!isPerSecond(field)) return row[field] ?? null;
  const amount = row[PER_SECOND[field]] ?? null;
  return amount !== null && row.window_s ? amount / row.window_s : null;
}

/** A last window below this share of the one before it is partial. */
const MIN_SHARE_OF_WINDOW = 0.75;

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

  /** Length of a whole window. The first one can be shorter, because the load starts between two pushes. */
  get windowS(): number {
    return this.at("window_s", Math.min(1, this.length - 1)) ?? 0;
  }

  /** Whether the last window is much shorter than the one before it. */
  get endsPartially(): boolean {
    const [last, before] = [this.at("window_s", this.length - 1), this.at("window_s", this.length - 2)];
    return this.length > 2 && last !== null && before !== null && last < before * MIN_SHARE_OF_WINDOW;
  }

  /**
   * Returns the number of windows that are drawn. A run that has ended omits a partial last window: it contains the end of
   * the load, so its rate would show a drop that the target did not cause.
   */
  shownLength(live: boolean): number {
    return this.length - (!live && this.endsPartially ? 1 : 0);
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
      for (const field of FIELDS) if (!isPerSecond(field)) row[field] = columns[field]?.[i] ?? null;
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
  snap(from_s: number, to_s: number): Range | null {
    const [start, end] = this.between(from_s, to_s);
    if (end <= start) return null;
    return { from_s: this.#endOf(start - 1), to_s: this.#endOf(end - 1) };
  }

  /** Returns the range of whole windows, at least one, whose ends are nearest to those of `range`. */
  align({ from_s, to_s }: Range): Range {
    const before = Math.min(this.#nearestEnd(from_s), this.length - 2);
    const last = Math.max(before + 1, this.#nearestEnd(to_s));
    return { from_s: this.#endOf(before), to_s: this.#endOf(last) };
  }

  /** Returns at most `n` evenly spaced values of a field from an index range, for a sparkline. */
  sample(field: Field, n: number, [start, end]: readonly [number, number] = [0, this.length]): Column {
    const column = this.columns[field];
    const size = end - start;
    if (size <= n) return column.slice(start, end);
    const step = (size - 1) / (n - 1);
    return Array.from({ length: n }, (_, i) => column[start + Math.round(i * step)] ?? null);
  }

  /** Returns the index of the window whose end is nearest; -1 for the start of the run. */
  #nearestEnd(seconds: number): number {
    const index = this.nearest(seconds);
    return index === 0 && seconds < (this.at("elapsed_s", 0) ?? 0) / 2 ? -1 : index;
  }

  /** Returns the end of a window with the precision of the URL, rounded up so that the window is part of the range. */
  #endOf(index: number): number {
    return index < 0 ? 0 : Math.ceil((this.at("elapsed_s", index) ?? 0) * 10) / 10;
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
    for (const field of FIELDS) this.columns[field].push(valueOf(row, field));
  }

  #replace(at: number, row: Row): void {
    for (const field of FIELDS) this.columns[field][at] = valueOf(row, field);
  }

  #insert(at: number, row: Row): void {
    this.seq.splice(at, 0, row.seq);
    for (const field of FIELDS) this.columns[field].splice(at, 0, valueOf(row, field));
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
