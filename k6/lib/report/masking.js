// Masks secrets in reported requests and responses: known values wherever they occur, and values whose name marks them
// as secret. Pure.

import { isSecretName } from '../common/secret-names.js';
import { maskNamedValues, secretsNamedIn } from './named-values.js';

export const MASK = '***';

const COOKIE = /(^|[;,]\s*)([^=;,\s]+)=((?:(?!,\s*[^=;,\s]+=)[^;])*)/g;
const COOKIE_ATTRIBUTE = /^(?:expires|max-age|domain|path|samesite)$/i;
const SCHEME = /^([A-Za-z][\w-]*\s+)?(.*)$/s;
const MAX_SCANNED_CHARACTERS = 100_000;
const MIN_SECRET_CHARACTERS = 6; // shorter values, such as "1" or "true", would match everywhere

/**
 * Returns all spellings of the values in a URL, a form, JSON, HTML or a header; the longest first.
 * @param {unknown[]} values
 * @returns {string[]}
 */
export function spellings(values) {
  /** @type {Set<string>} */
  const texts = new Set();
  for (const value of values) {
    const text = String(value ?? '');
    if (text !== '') {
      const encoded = encodeUrl(text);
      texts.add(text);
      texts.add(encoded);
      texts.add(encoded.replace(/%20/g, '+'));
      texts.add(encoded.replace(/%../g, (code) => code.toLowerCase()));
      texts.add(JSON.stringify(text).slice(1, -1));
      texts.add(escapeHtml(text));
    }
  }
  return [...texts].sort((a, b) => b.length - a.length);
}

/**
 * @param {string} text
 * @param {string[]} needles spellings of secrets, the longest first
 */
export function maskText(text, needles) {
  let masked = text;
  for (const needle of needles) {
    if (masked.includes(needle)) {
      masked = masked.split(needle).join(MASK);
    }
  }
  return masked;
}

/**
 * Masks at most `max` characters of a body. If the body is longer, its end is dropped after masking, because the cut
 * text could end with the start of a secret.
 * @param {string} text
 * @param {string[]} needles
 * @param {number} max
 */
export function maskBody(text, needles, max) {
  const longest = needles.length === 0 ? 0 : needles[0].length;
  const isComplete = text.length <= max + longest;
  const masked = maskAll(cutText(text, max + longest), needles);
  return cutText(isComplete ? masked : cutText(masked, Math.max(0, masked.length - longest)), max);
}

/**
 * Masks known values, and those that the text names as secret.
 * @param {string} text
 * @param {string[]} needles
 */
export function maskAll(text, needles) {
  return maskNamedValues(maskText(text, needles), MASK);
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string[]} needles
 * @param {string[]} secretHeaders lowercase names of headers whose value is always secret
 */
export function maskHeader(name, value, needles, secretHeaders) {
  const lower = name.toLowerCase();
  if (isCookieHeader(lower)) {
    return value.replace(COOKIE, (all, before, key) => (COOKIE_ATTRIBUTE.test(key) ? all : `${before}${key}=${MASK}`));
  }
  if (lower.endsWith('authorization')) {
    return value.replace(SCHEME, (_all, scheme) => `${scheme ?? ''}${MASK}`);
  }
  return secretHeaders.includes(lower) || isSecretName(name) ? MASK : maskAll(value, needles);
}

/**
 * Returns the secrets in the headers of a message, because a body may repeat them.
 * @param {Record<string, string>} headers
 * @param {string[]} secretHeaders
 * @returns {string[]}
 */
export function secretsInHeaders(headers, secretHeaders) {
  const secrets = [];
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (isCookieHeader(lower)) {
      for (const [, , key, cookie] of value.matchAll(COOKIE)) {
        if (!COOKIE_ATTRIBUTE.test(key)) {
          secrets.push(cookie);
        }
      }
    } else if (secretHeaders.includes(lower) || isSecretName(name)) {
      secrets.push(value, SCHEME.exec(value)[2]);
    }
  }
  return secrets.filter((value) => value.length >= MIN_SECRET_CHARACTERS);
}

/**
 * Returns the values that the URL or body of a request names as secret, such as a wrong password that the response
 * repeats.
 * @param {string} text
 * @returns {string[]}
 */
export function secretsInText(text) {
  const named = secretsNamedIn(text.slice(0, MAX_SCANNED_CHARACTERS));
  return named
    .flatMap((value) => [value, ...decodings(value)])
    .filter((value) => value.length >= MIN_SECRET_CHARACTERS);
}

/**
 * Cuts a text to `max` UTF-16 code units, but never within a surrogate pair.
 * @param {string} text
 * @param {number} max
 */
export function cutText(text, max) {
  if (text.length <= max) {
    return text;
  }
  const last = text.charCodeAt(max - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max);
}

function isCookieHeader(lowerName) {
  return lowerName === 'cookie' || lowerName === 'set-cookie';
}

// A value may be encoded for JSON, for a form or a URL. Returns the secrets of a list or object one by one.
function decodings(value) {
  return [...textsInJson(value), ...textsInJson(`"${value}"`), decodeFormText(value)];
}

function textsInJson(text) {
  try {
    return textsIn(JSON.parse(text));
  } catch {
    return [];
  }
}

function textsIn(value) {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [String(value)];
}

function decodeFormText(text) {
  try {
    return decodeURIComponent(text.replace(/\+/g, ' '));
  } catch {
    return text;
  }
}

function encodeUrl(text) {
  try {
    return encodeURIComponent(text);
  } catch {
    return text;
  }
}

function escapeHtml(text) {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}
