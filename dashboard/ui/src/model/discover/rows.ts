/** Rows of the preview table: imported requests and those that were added by hand. */
import type { Candidate, Remark } from "../../api/types";
import { type CellField, type Endpoint, fieldText, methodOf, withCell, withEdits } from "./endpoint";

export interface Row {
  id: number;
  /** Identifies the operation in its source; null if the request was added by hand. */
  key: string | null;
  endpoint: Endpoint;
  /** The endpoint as the source gave it; null if it was added by hand. */
  original: Endpoint | null;
  isSelected: boolean;
  isDeprecated: boolean;
  tags: readonly string[];
  remarks: readonly Remark[];
}

export function rowsOf(candidates: readonly Candidate[]): Row[] {
  return candidates.map((candidate, id) => ({
    id,
    key: candidate.key,
    endpoint: candidate.endpoint,
    original: candidate.endpoint,
    isSelected: candidate.is_selected,
    isDeprecated: candidate.is_deprecated,
    tags: candidate.tags,
    remarks: candidate.remarks,
  }));
}

export const nameOf = ({ endpoint }: Row): string => fieldText(endpoint, "name");

/** Names a row for people who cannot see its place. It does not change while the name is edited. */
export const labelOf = ({ key, id, endpoint }: Row): string => key ?? `row ${String(id + 1)} (${methodOf(endpoint)})`;

export const isEdited = ({ endpoint, original }: Row): boolean => endpoint !== original;

/** Returns the rows with a changed row. Rows that do not change stay the same objects. */
export const withRow = (rows: readonly Row[], id: number, change: (row: Row) => Row): Row[] =>
  rows.map((row) => (row.id === id ? change(row) : row));

export const withCellText = (rows: readonly Row[], id: number, field: CellField, text: string): Row[] =>
  withRow(rows, id, (row) => ({ ...row, endpoint: withCell(row.endpoint, field, text) }));

export function withSelection(rows: readonly Row[], ids: ReadonlySet<number>, isSelected: boolean): Row[] {
  return rows.map((row) => (ids.has(row.id) && row.isSelected !== isSelected ? { ...row, isSelected } : row));
}

/** Returns the rows with an endpoint that was added by hand, at the top. */
export function withAdded(rows: readonly Row[], endpoint: Endpoint): Row[] {
  const id = rows.reduce((max, row) => Math.max(max, row.id), -1) + 1;
  const row = { id, key: null, endpoint, original: null, isSelected: true, isDeprecated: false, tags: [], remarks: [] };
  return [row, ...rows];
}

/** Returns a name that no other row has: the name itself, or with a number. */
export function uniqueName(rows: readonly Row[], name: string, id: number | null = null): string {
  const taken = new Set(rows.filter((row) => row.id !== id).map(nameOf));
  let [unique, n] = [name, 2];
  while (taken.has(unique)) unique = `${name} (${String(n++)})`;
  return unique;
}

/**
 * Returns the rows of a later import of the same source with the edits and ticks of the earlier rows. Rows that were
 * added by hand stay.
 */
export function carriedOver(earlier: readonly Row[], imported: readonly Row[]): Row[] {
  const byKey = new Map(earlier.filter(({ key }) => key !== null).map((row) => [row.key, row]));
  const merged = imported.map((row) => {
    const before = byKey.get(row.key);
    if (!before?.original) return row;
    const endpoint = isEdited(before) ? withEdits(row.endpoint, before.original, before.endpoint) : row.endpoint;
    return { ...row, endpoint, isSelected: before.isSelected };
  });
  return earlier
    .filter(({ key }) => key === null)
    .reduceRight<Row[]>((rows, { endpoint, isSelected }) => {
      const [added, ...rest] = withAdded(rows, endpoint);
      return added ? [{ ...added, isSelected }, ...rest] : rest;
    }, merged);
}
