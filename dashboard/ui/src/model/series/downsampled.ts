/**
 * A long timeline with few enough points to draw: of each stretch of windows the least and the greatest value, in their
 * order, so that no spike is lost. Whole stretches are folded once; a new window costs a few steps, not all of them.
 */
import { type Column, FIELDS, type Field, type Timeline } from "./timeline";

const MAX_POINTS = 2_000;

export class DownsampledTimeline {
  readonly #timeline: Timeline;
  readonly #most: number;
  #size = 1;
  /** Windows that are folded into whole stretches. */
  #folded = 0;
  /** Points that stand for them. */
  #kept = 0;
  #x: number[] = [];
  #columns = empty();
  #gaps = new Set<number>();

  constructor(timeline: Timeline, most = MAX_POINTS) {
    this.#timeline = timeline;
    this.#most = most;
  }

  /** The same arrays as the timeline's own as long as those are short. */
  get times(): Column {
    return this.#size === 1 ? this.#timeline.columns.elapsed_s : this.#x;
  }

  get gaps(): ReadonlySet<number> {
    return this.#size === 1 ? this.#timeline.gaps : this.#gaps;
  }

  column(field: Field): Column {
    return this.#size === 1 ? this.#timeline.columns[field] : this.#columns[field];
  }

  /** Take in what is new since the last call. */
  update(): void {
    const changed = this.#timeline.takeChanged();
    const size = this.#sizeFor(this.#timeline.length);
    if (size !== this.#size || changed < this.#folded) this.#forget();
    this.#size = size;
    if (size === 1) return;
    this.#cut(this.#kept);
    while (this.#folded + size <= this.#timeline.length) {
      this.#fold(this.#folded, this.#folded + size);
      this.#folded += size;
      this.#kept = this.#x.length;
    }
    this.#fold(this.#folded, this.#timeline.length);
  }

  #sizeFor(length: number): number {
    let size = 1;
    while ((size === 1 ? length : (length / size) * 2) > this.#most) size *= 2;
    return size;
  }

  #forget(): void {
    this.#folded = this.#kept = 0;
    this.#cut(0);
  }

  #cut(length: number): void {
    this.#x.length = length;
    for (const field of FIELDS) this.#columns[field].length = length;
    for (const gap of this.#gaps) if (gap >= length) this.#gaps.delete(gap);
  }

  /** Two points for the windows from `start` to before `end`; one for a single window. */
  #fold(start: number, end: number): void {
    if (end <= start) return;
    const { columns, gaps } = this.#timeline;
    const at = this.#x.length;
    for (let i = start; i < end; i++) if (gaps.has(i)) this.#gaps.add(at);
    this.#x.push(columns.elapsed_s[start] ?? 0);
    if (end - start > 1) this.#x.push(columns.elapsed_s[end - 1] ?? 0);
    for (const field of FIELDS) this.#columns[field].push(...extremes(columns[field], start, end));
  }
}

const empty = (): Record<Field, Column> =>
  Object.fromEntries(FIELDS.map((field): [Field, Column] => [field, []])) as Record<Field, Column>;

/** Least and greatest of a stretch in the order in which they came; one value for a stretch of one. */
function extremes(column: Column, start: number, end: number): Column {
  if (end - start === 1) return [column[start] ?? null];
  let [least, greatest] = [-1, -1];
  for (let i = start; i < end; i++) {
    const value = column[i] ?? null;
    if (value === null) continue;
    if (least < 0 || value < (column[least] ?? 0)) least = i;
    if (greatest < 0 || value > (column[greatest] ?? 0)) greatest = i;
  }
  const [first, second] = least <= greatest ? [least, greatest] : [greatest, least];
  return [column[first] ?? null, column[second] ?? null];
}
