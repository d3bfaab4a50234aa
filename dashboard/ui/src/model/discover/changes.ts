/** Differences of the endpoints file, as texts. */
import type { DocumentDifference, OperationMerge } from "../../api/types";
import { plural } from "../display/format";
import { fieldText } from "./endpoint";
import type { Facts, Source } from "./imported";
import type { Row } from "./rows";

/** Returns "2 added, 1 changed, 0 removed". */
export const countsText = ({ added, changed, removed }: DocumentDifference): string =>
  `${String(added.length)} added, ${String(changed.length)} changed, ${String(removed.length)} removed`;

export const isSame = ({ added, changed, removed, settings }: DocumentDifference): boolean =>
  added.length + changed.length + removed.length + settings.length === 0;

/** Returns a value of the file as one line of JSON; a dash if it is missing. */
export const valueText = (value: unknown): string =>
  value === null || value === undefined ? "—" : JSON.stringify(value);

const KINDS: Record<string, string> = { setup: "setup", teardown: "teardown", scenarios: "scenario" };

/** Returns what an entry is if it is not an endpoint. */
export const kindOf = (list: string): string => KINDS[list] ?? "";

export const STATUS_TEXT: Record<OperationMerge["status"], string> = {
  new: "New in the source",
  same: "Unchanged",
  matched: "Already in the file",
  changed: "Changed in the source",
  edited: "Edited by hand, kept",
  conflict: "Changed in the source and by hand; the edit by hand is kept",
  deleted: "Deleted by hand, not added again",
  gone: "No longer in the source",
};

/** Returns "3 new, 1 gone"; empty if all operations are the same. */
export function operationsText(operations: readonly OperationMerge[]): string {
  const names = Object.keys(STATUS_TEXT) as OperationMerge["status"][];
  return names
    .filter((name) => name !== "same")
    .map((name) => [operations.filter(({ status }) => status === name).length, name] as const)
    .filter(([n]) => n > 0)
    .map(([n, name]) => `${String(n)} ${name}`)
    .join(", ");
}

/** Returns the source of the rows, so that a later import of it can be compared with this save. */
export function sourceBody(rows: readonly Row[], facts: Facts | null, source: Source | null) {
  if (!facts || !source) return null;
  const imported = rows.filter(({ key }) => key !== null);
  return {
    name: facts.title ?? source.name,
    url: source.url,
    format: facts.format,
    keys: Object.fromEntries(
      imported
        .filter(({ isSelected }) => isSelected)
        .map(({ endpoint, key }) => [fieldText(endpoint, "name"), key ?? ""]),
    ),
    generated: Object.fromEntries(imported.map(({ key, original, endpoint }) => [key ?? "", original ?? endpoint])),
  };
}

export const savedText = (version: number | null, endpoints: number): string =>
  version === null
    ? "The endpoints file already had this content."
    : `Saved as version ${String(version)}: ${plural(endpoints, "endpoint")} in the file.`;
