/** The seven checks of an endpoint, and suggestions from a response. */
import type { Exchange } from "../../api/types";
import { type Endpoint, isGraphql, withField } from "./endpoint";

export const CHECKS = [
  { name: "status", label: "Status", kind: "number", hint: "100 to 599. Any other status counts as an error" },
  { name: "body_path", label: "JSON body has", kind: "text", hint: "Path of a value, such as data.users[0].id" },
  { name: "body_contains", label: "Body contains", kind: "text", hint: "Text that the body must contain" },
  { name: "header_present", label: "Has header", kind: "text", hint: "Name of a response header" },
  { name: "max_duration_ms", label: "Maximum duration", kind: "number", hint: "A slower response fails the check" },
  { name: "no_graphql_errors", label: "No GraphQL errors", kind: "flag", hint: "“errors” is missing or empty" },
  { name: "has_data", label: "Has GraphQL data", kind: "flag", hint: "“data” exists and is not null" },
] as const;
export type CheckName = (typeof CHECKS)[number]["name"];
export type Checks = Readonly<Record<string, unknown>>;

export const checksOf = ({ checks }: Endpoint): Checks => (checks as Checks | null | undefined) ?? {};

/** Returns the checks as a short text; empty without checks. */
export function checksText(endpoint: Endpoint): string {
  const checks = checksOf(endpoint);
  const text: Record<CheckName, (value: string) => string> = {
    status: (value) => value,
    body_path: (value) => value,
    body_contains: (value) => `“${value}”`,
    header_present: (value) => value,
    max_duration_ms: (value) => `≤ ${value} ms`,
    no_graphql_errors: () => "no errors",
    has_data: () => "data",
  };
  return CHECKS.filter(({ name }) => ![undefined, null, false].includes(checks[name] as undefined))
    .map(({ name }) => text[name](String(checks[name])))
    .join(", ");
}

/** Returns the endpoint with another value of a check; undefined removes it. */
export function withCheck(endpoint: Endpoint, name: CheckName, value: unknown): Endpoint {
  const checks = withField(checksOf(endpoint), name, value);
  return withField(endpoint, "checks", Object.keys(checks).length > 0 ? checks : undefined);
}

/** Returns the value of a check from the text of its field. A text that is not a number is kept until it is corrected. */
export function checkValue(name: CheckName, text: string): unknown {
  if (text.trim() === "") return undefined;
  const isNumber = CHECKS.find((check) => check.name === name)?.kind === "number";
  return isNumber && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** Returns the error of a check; empty if it is valid. */
export function checkError(name: CheckName, value: unknown): string {
  if (value === undefined || value === null) return "";
  if (name === "status" && !(Number.isInteger(value) && Number(value) >= 100 && Number(value) <= 599))
    return "Enter a whole number from 100 to 599.";
  if (name === "max_duration_ms" && !(typeof value === "number" && value >= 0))
    return "Enter a number of milliseconds.";
  return "";
}

export interface Suggestion {
  name: CheckName;
  value: string | number | boolean;
  label: string;
}

const MAX_PATHS = 4;
const MAX_DEPTH = 4;
const HEADERS = ["Content-Type", "ETag", "Cache-Control", "Location"];

/** Returns checks that the response of a dry run passes. A response that was slower than usual needs a margin. */
export function suggestionsFrom(endpoint: Endpoint, { response }: Exchange): Suggestion[] {
  if (response.status === 0) return [];
  const suggestions: Suggestion[] = [
    { name: "status", value: response.status, label: `Status ${String(response.status)}` },
  ];
  const json = parsed(response.body, response.cut);
  for (const path of pathsOf(json)) suggestions.push({ name: "body_path", value: path, label: `Has ${path}` });
  const present = Object.keys(response.headers).map((name) => name.toLowerCase());
  for (const name of HEADERS.filter((one) => present.includes(one.toLowerCase())))
    suggestions.push({ name: "header_present", value: name, label: `Header ${name}` });
  const limit = durationLimit(response.duration_ms);
  suggestions.push({ name: "max_duration_ms", value: limit, label: `At most ${String(limit)} ms` });
  if (!isGraphql(endpoint) || !isObject(json)) return suggestions;
  if (!json["errors"]) suggestions.push({ name: "no_graphql_errors", value: true, label: "No GraphQL errors" });
  if (json["data"]) suggestions.push({ name: "has_data", value: true, label: "Has GraphQL data" });
  return suggestions;
}

/** Returns a limit of 1, 2 or 5 times a power of ten, at least 100 ms and at least five times the measured duration. */
export function durationLimit(duration_ms: number): number {
  const needed = Math.max(100, duration_ms * 5);
  const power = 10 ** Math.floor(Math.log10(needed));
  return [1, 2, 5, 10].map((factor) => factor * power).find((limit) => limit >= needed) ?? needed;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parsed(body: string | null, cut: boolean): unknown {
  if (body === null || cut) return null;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return null;
  }
}

/** Returns paths of the first values of a JSON body that are not null. */
function pathsOf(value: unknown, path = "", depth = 0): string[] {
  if (Array.isArray(value)) return value.length > 0 ? pathsOf(value[0], `${path}[0]`, depth + 1) : [];
  if (!isObject(value)) return value === null || path === "" ? [] : [path];
  if (depth > MAX_DEPTH) return [];
  return Object.entries(value)
    .filter(([key]) => key !== "" && !/[.[\]]/.test(key))
    .slice(0, MAX_PATHS)
    .flatMap(([key, one]) => pathsOf(one, path === "" ? key : `${path}.${key}`, depth + 1))
    .slice(0, MAX_PATHS);
}
