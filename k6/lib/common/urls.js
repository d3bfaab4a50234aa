// Base URLs, file URLs and percent-encoding.

const BASE_URL = /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i;

/** @param {string | undefined} text */
export function checkBaseUrl(text) {
  const base = (text ?? '').trim();
  if (base === '') {
    throw new Error('BASE_URL: not set. Set it to the URL of the service, such as http://127.0.0.1:8000.');
  }
  if (!BASE_URL.test(base)) {
    throw new Error(
      `BASE_URL: "${base}" must look like http://host:port or https://host/path, without user, query or fragment`,
    );
  }
  return base.replace(/\/+$/, '');
}

/**
 * Converts a file:// URL to a path. k6's open() does not decode percent-encoded characters, such as spaces.
 * @param {string} url
 */
export function filePath(url) {
  return decodeURIComponent(url.replace(/^file:\/\//, ''));
}

/**
 * Like encodeURIComponent, but encodes an unpaired surrogate (which a response may contain) as U+FFFD instead of
 * throwing.
 * @param {string} text
 */
export function encodeComponent(text) {
  try {
    return encodeURIComponent(text);
  } catch {
    return Array.from(text, encodeCharacter).join('');
  }
}

/** @param {string} character */
function encodeCharacter(character) {
  try {
    return encodeURIComponent(character);
  } catch {
    return '%EF%BF%BD';
  }
}
