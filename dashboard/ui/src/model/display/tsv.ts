/** Tables as tab-separated values, which spreadsheets accept from the clipboard. */

export type TsvValue = string | number | null | undefined;

/** Spreadsheets treat text that starts like this as a formula. */
const FORMULA_START = /^[\s\p{Cc}\ufeff]*[=+\-@]/u;

export const tsvOf = (rows: readonly (readonly TsvValue[])[]): string =>
  rows.map((row) => row.map(cellOf).join("\t")).join("\n") + "\n";

function cellOf(value: TsvValue): string {
  if (typeof value === "number") return String(value);
  const text = (value ?? "").replace(/[\t\r\n]+/g, " ");
  return FORMULA_START.test(text) ? `'${text}` : text;
}
