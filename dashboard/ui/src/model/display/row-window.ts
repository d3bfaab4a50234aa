/** Rows of a long table to render: the visible rows and some above and below them. */

export interface RowRange {
  first: number;
  /** Index after the last row. */
  end: number;
}

const MARGIN_ROWS = 6;
const STEP_ROWS = 4;

/** `above_px` is how far the top of the first row is above the top of the window; negative if it is below. */
export function visibleRows(total: number, row_px: number, above_px: number, window_px: number): RowRange {
  const round = (row: number) => Math.floor(row / STEP_ROWS) * STEP_ROWS;
  const first = round(Math.floor(above_px / row_px) - MARGIN_ROWS);
  const end = round(Math.ceil((above_px + window_px) / row_px) + MARGIN_ROWS + STEP_ROWS);
  return { first: Math.min(Math.max(first, 0), total), end: Math.min(Math.max(end, 0), total) };
}
