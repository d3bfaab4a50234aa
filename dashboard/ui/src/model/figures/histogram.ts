/** Histograms as k6 sends them: eight buckets per octave, in seconds. The arithmetic and its order match the server. */

const PER_OCTAVE = 8;

/** Zero count, sum, then pairs: the index of the first bucket (later: the step to the next one) and its count. */
export type PackedHistogram = number[];

export class Histogram {
  /** Number of values that are 0. */
  zero = 0;
  /** Sum of all values. */
  total = 0;
  readonly buckets = new Map<number, number>();

  add([zero = 0, total = 0, ...rest]: PackedHistogram): void {
    this.zero += zero;
    this.total += total;
    let index = 0;
    for (let i = 0; i + 1 < rest.length; i += 2) {
      index += rest[i] ?? 0;
      this.buckets.set(index, (this.buckets.get(index) ?? 0) + (rest[i + 1] ?? 0));
    }
  }

  merge(other: Histogram): void {
    this.zero += other.zero;
    this.total += other.total;
    for (const [index, count] of other.buckets) this.buckets.set(index, (this.buckets.get(index) ?? 0) + count);
  }

  /** Removes the values of `other`, which may contain values that are missing here. */
  remove(other: Histogram): void {
    for (const [index, count] of other.buckets) {
      const left = (this.buckets.get(index) ?? 0) - count;
      if (left > 0) this.buckets.set(index, left);
      else this.buckets.delete(index);
    }
    this.zero = Math.max(0, this.zero - other.zero);
    this.total = this.buckets.size ? Math.max(0, this.total - other.total) : 0;
  }

  get count(): number {
    let sum = this.zero;
    for (const count of this.buckets.values()) sum += count;
    return sum;
  }

  get mean(): number | null {
    const count = this.count;
    return count ? this.total / count : null;
  }

  get minEdge(): number | null {
    if (this.zero) return 0;
    return this.buckets.size ? edge(Math.min(...this.buckets.keys()) - 1) : null;
  }

  get maxEdge(): number | null {
    if (this.buckets.size) return edge(Math.max(...this.buckets.keys()));
    return this.zero ? 0 : null;
  }

  /** Returns the value at quantile `q`. Values are spread over their bucket; fractional ranks are interpolated. */
  quantile(q: number): number | null {
    const cells = this.#ascending();
    const count = this.count;
    if (!count) return null;
    const rank = q * (count - 1);
    const low = Math.floor(rank);
    const value = valueAtRank(cells, low);
    return rank > low ? value + (valueAtRank(cells, low + 1) - value) * (rank - low) : value;
  }

  /** Returns the number of values up to `value`. The bucket that contains `value` is split there. */
  countUpTo(value: number): number {
    const position = Math.log2(value) * PER_OCTAVE;
    let counted = this.zero;
    for (const [index, count] of this.buckets) {
      if (index <= position) counted += count;
      else if (index - 1 < position) counted += count * (position - (index - 1));
    }
    return counted;
  }

  #ascending(): [number | null, number][] {
    const cells: [number | null, number][] = [...this.buckets].sort(([a], [b]) => a - b);
    return this.zero ? [[null, this.zero], ...cells] : cells;
  }
}

const edge = (index: number) => 2 ** (index / PER_OCTAVE);

function valueAtRank(cells: readonly [number | null, number][], rank: number): number {
  let end = 0;
  for (const [index, size] of cells) {
    end += size;
    if (rank >= end) continue;
    return index === null ? 0 : 2 ** ((index - (end - rank - 0.5) / size) / PER_OCTAVE);
  }
  return 0;
}
