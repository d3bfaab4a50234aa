/** Which rows of a long table are worth drawing: those in sight and some around them. */

export interface Rows {
  first: number;
  /** The one behind the last. */
  behind: number;
}

const AROUND = 10;
const STEP = 10;

/** `above_px`: how far the first row's top lies above the top of the window (negative: below). */
export function rowsInSight(total: number, row_px: number, above_px: number, window_px: number): Rows {
  const round = (row: number) => Math.floor(row / STEP) * STEP;
  const first = round(Math.floor(above_px / row_px) - AROUND);
  const behind = round(Math.ceil((above_px + window_px) / row_px) + AROUND + STEP);
  return { first: Math.min(Math.max(first, 0), total), behind: Math.min(Math.max(behind, 0), total) };
}
