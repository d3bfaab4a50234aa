/** Converts the filters in the URL into query parameters of the API. */
import type { RunFilters } from "../../api/types";
import type { Parameters } from "../navigation/routes";

export const DEFAULT_DAYS = "30";
const DAYS = ["1", "7", DEFAULT_DAYS, "90", "all"];
const DAY_MS = 86_400_000;
const FILTER_KEYS = [
  "status",
  "profile",
  "verdict",
  "q",
  "env",
  "tag",
  "target",
  "meta",
  "label",
  "since",
  "until",
] as const;

export const isFiltered = (parameters: Parameters): boolean => FILTER_KEYS.some((key) => parameters[key] !== undefined);

/** Returns the number of days that the URL requests; the default if it is missing or invalid. */
export const daysOf = ({ days = "" }: Parameters): string => (DAYS.includes(days) ? days : DEFAULT_DAYS);

/** Dates are in the user's time zone, and the day of `until` is included. The default is the last `days` days. */
export function filtersOf(parameters: Parameters, now: number): RunFilters {
  const { q, env, since, until } = parameters;
  const days = daysOf(parameters);
  const filters: Record<string, string | undefined> = { search: q, env_profile: env };
  for (const key of ["status", "profile", "verdict", "tag", "target", "meta", "label", "sort"] as const)
    filters[key] = parameters[key];
  if (since !== undefined || until !== undefined) {
    filters["since"] = timestampOf(since, 0);
    filters["until"] = timestampOf(until, DAY_MS - 1);
  } else if (days !== "all") filters["since"] = new Date(now - Number(days) * DAY_MS).toISOString().slice(0, 10);
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
}

/** Returns an ISO timestamp for a day in the user's time zone (plus `offsetMs`) or for a timestamp, else undefined. */
function timestampOf(text: string | undefined, offsetMs: number): string | undefined {
  if (text === undefined) return undefined;
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const at = isDay ? new Date(`${text}T00:00:00`).getTime() + offsetMs : Date.parse(text);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
