/** Names of data files, and the lines of endpoints.json that use a data file. */

export const MAX_FILE_BYTES = 256 * 1024 * 1024;
const MAX_NAME_LENGTH = 64;
const MAX_SNIPPET_COLUMNS = 12;

/** Derives a valid data file name from the name of the uploaded file. */
export function nameFor(fileName: string): string {
  const stem = fileName
    .replace(/\.[^.]*$/, "")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "");
  const name = stem
    .replace(/[^A-Za-z0-9_-]+/g, "_")
    .replace(/^[^A-Za-z]+/, "")
    .replace(/_+$/, "")
    .slice(0, MAX_NAME_LENGTH);
  return name === "" || name === "upload" ? "data" : name;
}

/** Returns the lines of endpoints.json for an endpoint that uses the file. */
export function snippetFor(name: string, columns: readonly string[]): string {
  const variables = Object.fromEntries(columns.slice(0, MAX_SNIPPET_COLUMNS).map((column) => [column, column]));
  const lines = { data_file: name, data_rows: "vu", variables_from_data_file: variables };
  return JSON.stringify(lines, null, 2)
    .split("\n")
    .slice(1, -1)
    .map((line) => line.slice(2))
    .join("\n");
}

const DELIMITERS: Record<string, string> = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe" };

export const delimiterName = (delimiter: string): string => DELIMITERS[delimiter] ?? delimiter;
