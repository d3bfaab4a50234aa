/** Formats numbers, units and times. No other module turns a figure into text. */

import { timeZone } from "./time-zone.svelte";

/** Value and unit are separate so that the unit can be rendered smaller. */
export interface Formatted {
  value: string;
  unit: string;
}

export type Maybe = number | null | undefined;

export const MISSING = "—";
export const NARROW_SPACE = "\u202f";
const NOTHING: Formatted = { value: MISSING, unit: "" };

/** Formats a number with thousands separators. Intl.NumberFormat would delay the first paint by 20 ms. */
const withDigits = (value: number, digits: 0 | 1 | 2): string => {
  const [whole = "", fraction] = value.toFixed(digits).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
};

export const isNumber = (value: Maybe): value is number => typeof value === "number" && Number.isFinite(value);

/** Extends a formatter of numbers to missing values, which it formats as a dash. */
const orMissing =
  (write: (value: number) => Formatted) =>
  (value: Maybe): Formatted =>
    isNumber(value) ? write(value) : NOTHING;

export const count = orMissing((value) => ({ value: withDigits(value, 0), unit: "" }));

/** Formats large numbers in a short form, such as "66.9k" or "1.3M". */
export const compact = orMissing((value) => {
  const size = Math.abs(value);
  if (size < 10_000) return { value: withDigits(value, 0), unit: "" };
  const [part, unit] =
    size < 999_500 ? [value / 1e3, "k"] : size < 999_500_000 ? [value / 1e6, "M"] : [value / 1e9, "G"];
  return { value: withDigits(part, Math.abs(part) < 100 ? 1 : 0), unit };
});

/** Formats milliseconds. Small durations keep a significant digit; a value above 0 is never shown as 0. */
export const millis = orMissing((value) => {
  if (value > 0 && value < 0.01) return { value: "< 0.01", unit: "ms" };
  const digits = value === 0 || value >= 10 ? 0 : value >= 1 ? 1 : 2;
  return { value: withDigits(value, digits), unit: "ms" };
});

export const rate = orMissing((value) => {
  const size = Math.abs(value);
  return { value: withDigits(value, size >= 100 ? 0 : size >= 10 ? 1 : 2), unit: "rps" };
});

/** Formats a share from 0 to 1 in percent. Only exactly 0 and 1 are shown as 0% and 100%. */
export const percent = orMissing((share) => {
  const value = share * 100;
  if (value === 0 || value === 100) return { value: withDigits(value, 0), unit: "%" };
  if (value > 0 && value < 0.01) return { value: "< 0.01", unit: "%" };
  if (value < 100 && value > 99.99) return { value: "> 99.99", unit: "%" };
  return { value: withDigits(value, 2), unit: "%" };
});

export const score = orMissing((value) => ({ value: withDigits(value, 2), unit: "" }));

export const bytes = orMissing((value) => {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [size, step] = [value, 0];
  while (Math.abs(size) >= 999.5 && step < units.length - 1) [size, step] = [size / 1000, step + 1];
  return { value: withDigits(size, step === 0 || Math.abs(size) >= 100 ? 0 : 1), unit: units[step] ?? "" };
});

export function bytesPerSecond(value: Maybe): Formatted {
  const { value: shown, unit } = bytes(value);
  return { value: shown, unit: unit && `${unit}/s` };
}

/** Formats seconds as m:ss or h:mm:ss. */
export function clock(seconds: Maybe): string {
  if (!isNumber(seconds)) return MISSING;
  const whole = Math.max(0, Math.round(seconds));
  const two = (part: number) => String(part).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return h > 0 ? `${String(h)}:${two(m)}:${two(s)}` : `${String(m)}:${two(s)}`;
}

/** Returns value and unit as one string: "382 ms", "66.9k", "10%". */
export function text({ value, unit }: Formatted): string {
  if (unit === "" || value === MISSING) return value;
  return /^[kMG%]$/.test(unit) ? value + unit : value + NARROW_SPACE + unit;
}

const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** Returns the date format of a time zone. Creating one is slow, so each is created at first use and kept. */
function dateFormatOf(timeZoneId: string): Intl.DateTimeFormat {
  const known = dateFormats.get(timeZoneId);
  const format =
    known ??
    new Intl.DateTimeFormat("en-GB", {
      day: "2-digit",
      month: "short",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      timeZone: timeZoneId,
      timeZoneName: "short",
    });
  dateFormats.set(timeZoneId, format);
  return format;
}

/** Formats a server timestamp with the name of its time zone: "05 Nov 2026 10:51:23 UTC". */
export function dateTime(iso: string | null | undefined): string {
  return iso ? dateFormatOf(timeZone.id).format(new Date(iso)).replace(",", "") : MISSING;
}

/** Formats a server timestamp without year, seconds and zone: "5 Nov 10:51". */
export const shortDateTime = (iso: string | null | undefined): string =>
  dateTime(iso)
    .replace(/ \d{4} (\d\d:\d\d):\d\d .+$/, " $1")
    .replace(/^0/, "");

/** Formats the time of a server timestamp. The page names the zone beside it. */
export const timeOfDay = (iso: string | null | undefined): string =>
  iso ? (/\d\d:\d\d:\d\d/.exec(dateTime(iso))?.[0] ?? "") : "";

export function relativeTime(iso: string | null | undefined, now: number): string {
  if (!iso) return MISSING;
  const seconds = Math.round((now - Date.parse(iso)) / 1000);
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${String(seconds)} s ago`;
  if (seconds < 3600) return `${String(Math.floor(seconds / 60))} min ago`;
  if (seconds < 86_400) return `${String(Math.floor(seconds / 3600))} h ago`;
  const days = Math.floor(seconds / 86_400);
  return days === 1 ? "yesterday" : `${String(days)} days ago`;
}

/** Removes the scheme and a trailing slash from a target URL. */
export function withoutScheme(url: string): string {
  return url.replace(/^https?:\/\//, "").replace(/\/$/, "");
}

export const plural = (n: number, one: string, many = `${one}s`): string =>
  `${withDigits(n, 0)}${NARROW_SPACE}${n === 1 ? one : many}`;
