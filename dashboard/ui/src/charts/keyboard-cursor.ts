/** Moving over a chart by keys: a place, and with Shift held the place where the range began. */

export interface KeyboardCursor {
  /** The window under the cursor. */
  place: number;
  /** Where the range began; null when none is being drawn. */
  anchor: number | null;
}

const FAR = 10;

/** Where a key leads among `length` windows; null when the key means nothing here. */
export function moved(keyboard: KeyboardCursor, key: string, shift: boolean, length: number): KeyboardCursor | null {
  const step = stepOf(key, keyboard.place, length);
  if (step === null || length === 0) return null;
  const place = Math.min(Math.max(keyboard.place + step, 0), length - 1);
  return { place, anchor: shift ? (keyboard.anchor ?? keyboard.place) : null };
}

function stepOf(key: string, place: number, length: number): number | null {
  const steps: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowDown: -1,
    ArrowUp: 1,
    PageDown: -FAR,
    PageUp: FAR,
    Home: -place,
    End: length - 1 - place,
  };
  return steps[key] ?? null;
}

/** The windows from anchor to place, both in, as the selection of time they cover. */
export function selectionOf(
  { place, anchor }: KeyboardCursor,
  endings: readonly (number | null)[],
): { from_s: number; to_s: number } | null {
  if (anchor === null) return null;
  const [first, last] = [Math.min(anchor, place), Math.max(anchor, place)];
  const to_s = endings[last];
  return to_s === null || to_s === undefined ? null : { from_s: endings[first - 1] ?? 0, to_s };
}
