// Reading what people wrote: every refusal begins with the place, such as endpoints[3].checks.status.

import { parseDuration } from './durations.js';

export function refuseUnless(condition, place, message) {
  if (!condition) {
    throw new Error(`${place}: ${message}`);
  }
}

// A misspelt or unknown field would otherwise be ignored in silence, and the test would not be what its author thinks.
export function refuseUnknown(object, known, prefix) {
  for (const key of Object.keys(object)) {
    refuseUnless(known.includes(key), `${prefix}${key}`, `is not one of ${known.join(', ')}`);
  }
}

export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Null is the same as leaving a field out.
export function isGiven(value) {
  return value !== undefined && value !== null;
}

export function readFilled(text, place) {
  refuseUnless(typeof text === 'string' && text.trim() !== '', place, 'must be a text that is not empty');
  return text;
}

export function readNumber(value, place, most) {
  refuseUnless(Number.isFinite(value) && value >= 0 && value <= most, place, `must be a number from 0 to ${most}`);
  return value;
}

export function readFlag(value, place) {
  refuseUnless(!isGiven(value) || typeof value === 'boolean', place, 'must be true or false');
  return value === true;
}

export function readObject(value, place) {
  refuseUnless(isObject(value), place, 'must be an object');
  return value;
}

export function readList(value, place, most) {
  const fits = Array.isArray(value) && value.length > 0 && value.length <= most;
  refuseUnless(fits, place, `must be a list with at least one entry and at most ${most}`);
  return value;
}

// "0.5s", "1m30s" or plain seconds, to milliseconds.
export function readDuration(value, place) {
  const fits = typeof value === 'string' || typeof value === 'number';
  refuseUnless(fits, place, 'must be a duration such as "500ms", "2s" or "1m30s"');
  try {
    return parseDuration(value);
  } catch (error) {
    throw new Error(`${place}: ${error.message}`);
  }
}

// Half of a surrogate pair is no text: neither a tag nor a URL can hold it.
export function refuseOddTexts(value, place) {
  if (typeof value === 'string') {
    refuseUnless(isText(value), place, 'holds broken characters');
  } else if (typeof value === 'object' && value !== null) {
    const list = Array.isArray(value);
    for (const [key, item] of Object.entries(value)) {
      const inside = list ? `${place}[${key}]` : place === '' ? key : `${place}.${key}`;
      refuseUnless(list || isText(key), inside, 'holds broken characters');
      refuseOddTexts(item, inside);
    }
  }
}

function isText(characters) {
  try {
    encodeURIComponent(characters);
    return true;
  } catch {
    return false;
  }
}
