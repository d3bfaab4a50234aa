/** What needs attention in a row of the preview table. */
import type { Remark } from "../../api/types";
import { fieldText, weightOf } from "./endpoint";
import { type Row, nameOf } from "./rows";

const MAX_NAME_CHARACTERS = 4_096;
const ABSOLUTE_URL = /^([a-z][a-z0-9+.-]*:)?\/\//i;

/** How many rows have each name. */
export type NameCounts = ReadonlyMap<string, number>;

export function nameCounts(rows: readonly Row[]): NameCounts {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(nameOf(row), (counts.get(nameOf(row)) ?? 0) + 1);
  return counts;
}

export const isDuplicate = (row: Row, counts: NameCounts): boolean => (counts.get(nameOf(row)) ?? 0) > 1;

/** Errors of a row that do not depend on other rows. An edit replaces the row, so they are computed once. */
const ownErrors = new WeakMap<Row, ReadonlyMap<string, string>>();

/** Returns the errors of the cells, by field. The server checks everything else before it saves. */
export function cellErrors(row: Row, counts: NameCounts): ReadonlyMap<string, string> {
  let errors = ownErrors.get(row);
  if (!errors) ownErrors.set(row, (errors = findOwnErrors(row)));
  if (errors.has("name") || !isDuplicate(row, counts)) return errors;
  return new Map([["name", "Another row has the same name."], ...errors]);
}

function findOwnErrors(row: Row): Map<string, string> {
  const errors = new Map<string, string>();
  const name = nameOf(row);
  if (name.trim() === "") errors.set("name", "Enter a name.");
  else if (name.length > MAX_NAME_CHARACTERS)
    errors.set("name", `Shorten the name to ${String(MAX_NAME_CHARACTERS)} characters.`);
  if (fieldText(row.endpoint, "group").trim() === "") errors.set("group", "Enter a group.");
  if (ABSOLUTE_URL.test(fieldText(row.endpoint, "path")))
    errors.set("path", "Enter only the path. The host is the base URL of the run.");
  if (weightOf(row.endpoint) === null) errors.set("weight", "Enter a number that is 0 or greater.");
  return errors;
}

/** Returns the errors of the cells and the remarks of the source, the most important first. */
export function remarksOf(row: Row, counts: NameCounts): Remark[] {
  const errors = [...cellErrors(row, counts)].map(([field, message]): Remark => ({ kind: "problem", message, field }));
  const ofKind = (kind: Remark["kind"]) => row.remarks.filter((remark) => remark.kind === kind);
  return [...errors, ...ofKind("problem"), ...ofKind("guess"), ...ofKind("note")];
}

export const needsAttention = (row: Row, counts: NameCounts): boolean =>
  row.remarks.some(({ kind }) => kind !== "note") || cellErrors(row, counts).size > 0;

/** Returns a summary such as "1 problem, 2 guesses"; empty if there is nothing. */
export function attentionText(remarks: readonly Remark[]): string {
  const words: [Remark["kind"], string, string][] = [
    ["problem", "problem", "problems"],
    ["guess", "guess", "guesses"],
    ["note", "note", "notes"],
  ];
  return words
    .map(([kind, one, many]) => [remarks.filter((remark) => remark.kind === kind).length, one, many] as const)
    .filter(([n]) => n > 0)
    .map(([n, one, many]) => `${String(n)} ${n === 1 ? one : many}`)
    .join(", ");
}
