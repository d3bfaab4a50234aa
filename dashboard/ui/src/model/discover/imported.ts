/** An import without its requests, as it is kept with the rows of the preview table. */
import type { Discovered } from "../../api/types";
import { type Row, rowsOf } from "./rows";

export type Facts = Omit<Discovered, "candidates">;

export interface Source {
  name: string;
  url: string | null;
}

/** What is kept when the page is reloaded. */
export interface StoredImport {
  facts: Facts | null;
  source: Source | null;
  rows: Row[];
  tried: { dryId: string; rows: Record<string, number> } | null;
}

export const NO_IMPORT: StoredImport = { facts: null, source: null, rows: [], tried: null };

/** Requests of the preview table together with the rest of the import. */
export function splitImport({ candidates, ...facts }: Discovered): { facts: Facts; rows: Row[] } {
  return { facts, rows: rowsOf(candidates) };
}

/** Restores that an unedited row and its original are the same object, which JSON does not keep. */
export function restored(stored: Partial<StoredImport> | null): StoredImport {
  const rows = (stored?.rows ?? []).map((row) =>
    row.original === null && row.key !== null ? { ...row, original: row.endpoint } : row,
  );
  return { ...NO_IMPORT, ...stored, rows };
}

/** Returns what is stored. The original of an unedited row is left out, because it is the same as the row. */
export function storable(value: StoredImport): StoredImport {
  const rows = value.rows.map((row) => (row.original === row.endpoint ? { ...row, original: null } : row));
  return { ...value, rows };
}

const FORMATS: Record<string, string> = {
  openapi: "OpenAPI",
  graphql: "GraphQL",
  postman: "Postman",
  har: "HAR",
  curl: "curl",
  jmeter: "JMeter",
  access_log: "Access log",
};

export const formatTitle = (format: string): string => FORMATS[format] ?? format;
