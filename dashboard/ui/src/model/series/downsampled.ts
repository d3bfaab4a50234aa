/**
 * A timeline reduced to a number of points that can be drawn. Each bucket of windows keeps its minimum and maximum in
 * their order, so no spike is lost. A full bucket is computed once, so that a new window costs constant time.
 */
import { type Column, FIELDS, type Field, type Timeline } from "./timeline";

const MAX_POINTS = 2_000;

export class DownsampledTimeline {
  readonly #timeline: Timeline;
  readonly #maxPoints: number;
  /** Number of windows per bucket. */
  #size = 1;
  /** Number of windows in full buckets. */
  #bucketed = 0;
  /** Number of points of the full buckets. */
  #finalPoints = 0;
  #x: number[] = [];
  #columns = emptyColumns();
  #gaps = new Set<number>();

  constructor(timeline: Timeline, maxPoints = MAX_POINTS) {
    this.#timeline = timeline;
    this.#maxPoints = maxPoints;
  }

  /** The array of the timeline itself while the timeline is short. */
  get times(): Column {
    return this.#size === 1 ? this.#timeline.columns.elapsed_s : this.#x;
  }

  get gaps(): ReadonlySet<number> {
    return this.#size === 1 ? this.#timeline.gaps : this.#gaps;
  }

  column(field: Field): Column {
    return this.#size === 1 ? this.#timeline.columns[field] : this.#columns[field];
  }

  /** Adds what changed in the timeline since the last call. */
  update(): void {
    const changed = this.#timeline.takeChanged();
    const size = this.#sizeFor(this.#timeline.length);
    if (size !== this.#size || changed < this.#bucketed) this.#reset();
    this.#size = size;
    if (size === 1) return;
    this.#truncate(this.#finalPoints);
    while (this.#bucketed + size <= this.#timeline.length) {
      this.#append(this.#bucketed, this.#bucketed + size);
      this.#bucketed += size;
      this.#finalPoints = this.#x.length;
    }
    this.#append(this.#bucketed, this.#timeline.length);
  }

  #sizeFor(length: number): number {
    let size = 1;
    while ((size === 1 ? length : (length / size) * 2) > this.#maxPoints) size *= 2;
    return size;
  }

  #reset(): void {
    this.#bucketed = this.#finalPoints = 0;
    this.#truncate(0);
  }

  #truncate(length: number): void {
    this.#x.length = length;
    for (const field of FIELDS) this.#columns[field].length = length;
    for (const gap of this.#gaps) if (gap >= length) this.#gaps.delete(gap);
  }

  /** Appends two points for the windows [start, end), or one point for a single window. */
  #append(start: number, end: number): void {
    if (end <= start) return;
    const { columns, gaps } = this.#timeline;
    const at = this.#x.length;
    for (let i = start; i < end; i++) if (gaps.has(i)) this.#gaps.add(at);
    this.#x.push(columns.elapsed_s[start] ?? 0);
    if (end - start > 1) this.#x.push(columns.elapsed_s[end - 1] ?? 0);
    for (const field of FIELDS) this.#columns[field].push(...extremes(columns[field], start, end));
  }
}

const emptyColumns = (): Record<Field, Column> =>
  Object.fromEntries(FIELDS.map((field): [Field, Column] => [field, []])) as Record<Field, Column>;

/** Returns the minimum and maximum of column[start, end) in order of occurrence; one value for a single window. */
function extremes(column: Column, start: number, end: number): Column {
  if (end - start === 1) return [column[start] ?? null];
  let [min, max] = [-1, -1];
  for (let i = start; i < end; i++) {
    const value = column[i] ?? null;
    if (value === null) continue;
    if (min < 0 || value < (column[min] ?? 0)) min = i;
    if (max < 0 || value > (column[max] ?? 0)) max = i;
  }
  const [first, second] = min <= max ? [min, max] : [max, min];
  return [column[first] ?? null, column[second] ?? null];
}
