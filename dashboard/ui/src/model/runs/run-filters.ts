/** What the address says of the list of runs, as the API takes it. */
import type { RunFilters } from "../../api/types";
import type { Parameters } from "../navigation/routes";

export const USUAL_DAYS = "30";
const DAYS = ["1", "7", USUAL_DAYS, "90", "all"];
const DAY_MS = 86_400_000;
const ASKED = ["status", "profile", "verdict", "q", "env", "tag", "target", "meta", "label", "since", "until"] as const;

export const isFiltered = (parameters: Parameters): boolean => ASKED.some((key) => parameters[key] !== undefined);

/** The span that an address names; the usual one for what is none. */
export const daysOf = ({ days = "" }: Parameters): string => (DAYS.includes(days) ? days : USUAL_DAYS);

/** Dates are the reader's own days: the last one counts whole. Without dates it is the last days. */
export function filtersOf(parameters: Parameters, now: number): RunFilters {
  const { q, env, since, until } = parameters;
  const days = daysOf(parameters);
  const found: Record<string, string | undefined> = { search: q, env_profile: env };
  for (const key of ["status", "profile", "verdict", "tag", "target", "meta", "label", "sort"] as const)
    found[key] = parameters[key];
  if (since !== undefined || until !== undefined) {
    found["since"] = momentOf(since, 0);
    found["until"] = momentOf(until, DAY_MS - 1);
  } else if (days !== "all") found["since"] = new Date(now - Number(days) * DAY_MS).toISOString().slice(0, 10);
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** A day of the reader as a moment; a moment as it is. What is neither says nothing. */
function momentOf(text: string | undefined, later: number): string | undefined {
  if (text === undefined) return undefined;
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const at = day ? new Date(`${text}T00:00:00`).getTime() + later : Date.parse(text);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
