/** Entries of endpoints.json as the preview table edits them. */

export type Endpoint = Readonly<Record<string, unknown>>;

export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] as const;

/** Fields with a cell of the preview table. */
export const CELL_FIELDS = ["name", "method", "path", "group", "weight", "data_file"] as const;
export type CellField = (typeof CELL_FIELDS)[number];

/** Returns a field as text: empty if it is missing. */
export function fieldText(endpoint: Endpoint, field: string): string {
  const value = endpoint[field];
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
}

export const isGraphql = (endpoint: Endpoint): boolean => endpoint["type"] === "graphql";

/** Returns the method that is sent. GraphQL always uses POST. */
export const methodOf = (endpoint: Endpoint): string =>
  isGraphql(endpoint) ? "POST" : fieldText(endpoint, "method").toUpperCase() || "GET";

/** Returns the weight; null if it is not a number, for example while it is typed. */
export function weightOf({ weight = 1 }: Endpoint): number | null {
  return typeof weight === "number" && Number.isFinite(weight) && weight >= 0 ? weight : null;
}

/** Returns the endpoint with another value of a field. An absent value removes the field. */
export function withField(endpoint: Endpoint, field: string, value: unknown): Endpoint {
  if (value !== undefined) return { ...endpoint, [field]: value };
  return Object.fromEntries(Object.entries(endpoint).filter(([name]) => name !== field));
}

/** Returns the endpoint with the text of a cell. A weight that is not a number is kept as text until it is corrected. */
export function withCell(endpoint: Endpoint, field: CellField, text: string): Endpoint {
  if (field === "data_file") return withField(endpoint, field, text === "" ? undefined : text);
  if (field !== "weight") return withField(endpoint, field, text);
  const number = Number(text);
  return withField(endpoint, field, text.trim() !== "" && Number.isFinite(number) ? number : text);
}

/** Whether two values have the same JSON. */
export function isSameJson(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** Returns the edits of an endpoint on top of another version of it. */
export function withEdits(endpoint: Endpoint, original: Endpoint, edited: Endpoint): Endpoint {
  const fields = [...new Set([...Object.keys(original), ...Object.keys(edited)])];
  return fields
    .filter((field) => !isSameJson(original[field], edited[field]))
    .reduce((result, field) => withField(result, field, edited[field]), endpoint);
}
