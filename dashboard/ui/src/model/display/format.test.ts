import { describe, expect, it } from "vitest";

import {
  NARROW_SPACE,
  dateTime,
  shortDateTime,
  relativeTime,
  bytes,
  clock,
  count,
  withoutScheme,
  millis,
  percent,
  plural,
  rate,
  compact,
  text,
  timeOfDay,
} from "./format";
import { timeZone } from "./time-zone.svelte";

const plain = (formatted: { value: string; unit: string }) => text(formatted).replaceAll(NARROW_SPACE, " ");

describe("figures", () => {
  it.each([
    [count(66_867), "66,867"],
    [compact(66_867), "66.9k"],
    [compact(9_999), "9,999"],
    [compact(999_700), "1.0M"],
    [compact(1_250_000), "1.3M"],
    [millis(382.4), "382 ms"],
    [millis(7.62), "7.6 ms"],
    [millis(0.0185), "0.02 ms"],
    [millis(0.0004), "< 0.01 ms"],
    [millis(0), "0 ms"],
    [millis(12_345), "12,345 ms"],
    [rate(412.3), "412 rps"],
    [rate(41.26), "41.3 rps"],
    [rate(4.126), "4.13 rps"],
    [percent(0.0022), "0.22%"],
    [percent(0), "0%"],
    [percent(1), "100%"],
    [percent(0.99999), "> 99.99%"],
    [percent(0.00001), "< 0.01%"],
    [bytes(999), "999 B"],
    [bytes(2_924_331), "2.9 MB"],
    [bytes(213_000_000), "213 MB"],
  ])("are formatted with their unit (%#)", (formatted, expected) => {
    expect(plain(formatted)).toBe(expected);
  });

  it.each([count, compact, millis, rate, percent, bytes])("show a dash when missing (%#)", (show) => {
    expect(text(show(null))).toBe("—");
    expect(text(show(undefined))).toBe("—");
    expect(text(show(Number.NaN))).toBe("—");
  });

  it("have a singular and a plural", () => {
    expect(plural(1, "run").replace(NARROW_SPACE, " ")).toBe("1 run");
    expect(plural(2_000, "VU").replace(NARROW_SPACE, " ")).toBe("2,000 VUs");
  });
});

describe("times", () => {
  it.each([
    [0, "0:00"],
    [59.6, "1:00"],
    [192, "3:12"],
    [7_200, "2:00:00"],
    [null, "—"],
  ])("show %s seconds as %s", (seconds, expected) => {
    expect(clock(seconds)).toBe(expected);
  });

  it.each([
    [3_000, "just now"],
    [42_000, "42 s ago"],
    [14 * 60_000, "14 min ago"],
    [3 * 3_600_000, "3 h ago"],
    [30 * 3_600_000, "yesterday"],
    [72 * 3_600_000, "3 days ago"],
  ])("show %s ms ago as %s", (elapsed_ms, expected) => {
    expect(relativeTime(new Date(1e12 - elapsed_ms).toISOString(), 1e12)).toBe(expected);
  });

  it("show a dash when missing", () => {
    expect(relativeTime(null, 0)).toBe("—");
    expect(dateTime(null)).toBe("—");
    expect(shortDateTime("2026-11-05T10:51:23.000Z")).toMatch(/^\d Nov \d\d:\d\d$/);
  });

  it("name their zone", () => {
    timeZone.utc = true;
    expect(dateTime("2026-11-05T10:51:23.000Z")).toBe("05 Nov 2026 10:51:23 UTC");
    expect(timeOfDay("2026-11-05T10:51:23.000Z")).toBe("10:51:23");
    expect(timeZone.name).toBe("UTC");
  });
});

it("removes the scheme of a target", () => {
  expect(withoutScheme("https://shop.staging.internal/")).toBe("shop.staging.internal");
});
