// Durations as people write them ("90", "30s", "1m30s", "500ms") to milliseconds: the same rules as
// dashboard/model/durations.py, so that a plan is the same on both sides.

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const BARE = /^\d+(?:\.\d+)?$/;
const MOST_CHARACTERS = 40;

const MOST_MS = 366 * 86_400_000;

export function parseDuration(text) {
  const stripped = String(text).trim();
  if (stripped.length > MOST_CHARACTERS) {
    throw new Error('a duration is a short text such as "30s", "1m30s" or "1h"');
  }
  const milliseconds = BARE.test(stripped) ? Number(stripped) * 1000 : partsMs(stripped);
  if (milliseconds > MOST_MS) {
    throw new Error(`"${stripped}" is longer than a year`);
  }
  return Math.round(milliseconds);
}

function partsMs(text) {
  if (!WHOLE.test(text)) {
    throw new Error(`"${text}" is not a duration; write for example "30s", "1m30s" or "1h"`);
  }
  return [...text.matchAll(PART)].reduce((sum, [, number, unit]) => sum + Number(number) * UNIT_MS[unit], 0);
}
