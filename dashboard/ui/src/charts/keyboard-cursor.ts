/** Keyboard control of a chart: arrow keys move the cursor; with Shift, they select a range. */

export interface KeyboardCursor {
  /** Index of the window at the cursor. */
  index: number;
  /** Index at which the range starts; null without a range. */
  anchor: number | null;
}

const PAGE_STEP = 10;

/** Returns the cursor after a key press; null if the key has no effect. */
export function moveCursor(cursor: KeyboardCursor, key: string, shift: boolean, length: number): KeyboardCursor | null {
  const step = stepOf(key, cursor.index, length);
  if (step === null || length === 0) return null;
  const index = Math.min(Math.max(cursor.index + step, 0), length - 1);
  return { index, anchor: shift ? (cursor.anchor ?? cursor.index) : null };
}

function stepOf(key: string, index: number, length: number): number | null {
  const steps: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowDown: -1,
    ArrowUp: 1,
    PageDown: -PAGE_STEP,
    PageUp: PAGE_STEP,
    Home: -index,
    End: length - 1 - index,
  };
  return steps[key] ?? null;
}

/** Returns the time span of the windows from anchor to index, both included. */
export function selectionOf(
  { index, anchor }: KeyboardCursor,
  windowEnds: readonly (number | null)[],
): { from_s: number; to_s: number } | null {
  if (anchor === null) return null;
  const [first, last] = [Math.min(anchor, index), Math.max(anchor, index)];
  const to_s = windowEnds[last];
  return to_s === null || to_s === undefined ? null : { from_s: windowEnds[first - 1] ?? 0, to_s };
}
