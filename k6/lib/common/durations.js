// Parses durations such as "90", "30s", "1m30s" and "500ms" to milliseconds. dashboard/model/durations.py applies the
// same rules, so that both sides compute the same plan.

import { limits } from './shared.js';

/** @type {Record<string, number>} */
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const WITH_UNITS = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const SECONDS = /^\d+(?:\.\d+)?$/;
const { max_characters: MAX_DURATION_CHARACTERS, max_ms: MAX_DURATION_MS } = limits.duration;

/**
 * @param {string | number} value a number means seconds
 * @returns {number} whole milliseconds
 */
export function parseDuration(value) {
  const text = String(value).trim();
  if (text.length > MAX_DURATION_CHARACTERS) {
    throw new Error(
      `must be a duration of at most ${MAX_DURATION_CHARACTERS} characters, such as "30s", "1m30s" or "1h"`,
    );
  }
  const milliseconds = SECONDS.test(text) ? Number(text) * 1000 : sumOfParts(text);
  if (milliseconds > MAX_DURATION_MS) {
    throw new Error(`"${text}" is longer than a year`);
  }
  return Math.round(milliseconds);
}

/** @param {string} text */
function sumOfParts(text) {
  if (!WITH_UNITS.test(text)) {
    throw new Error(`"${text}" is not a duration such as "30s", "1m30s" or "1h"`);
  }
  return [...text.matchAll(PART)].reduce((sum, [, number, unit]) => sum + Number(number) * UNIT_MS[unit], 0);
}
