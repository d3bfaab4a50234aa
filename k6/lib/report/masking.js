// Masks secrets in reported requests and responses: known values wherever they occur, and values whose name marks them
// as secret. Pure.

export const MASK = '***';

const NAMES =
  '(?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth(?:entication|orization)?' +
  '|credentials?|session(?:[_-]?id)?|signature|jwt)';
const SECRET_NAME = new RegExp(`(?:${NAMES}|cookie)$`, 'i');
const JSON_MEMBER = new RegExp(
  `("(?:[^"\\\\]|\\\\.)*?${NAMES}\\\\*"\\s*:\\s*)(\\\\*"(?:[^"\\\\]|\\\\.)*(?:"|$)|-?\\d[\\d.eE+-]*)`,
  'gi',
);
const FIELD = new RegExp(`(^|[?&;#\\s"'<>])([^=&;?#\\s"'<>]*${NAMES}=)([^&;#\\s"'<>]*)`, 'gi');
const COOKIE = /(^|[;,]\s*)([^=;,\s]+)=((?:(?!,\s*[^=;,\s]+=)[^;])*)/g;
const COOKIE_ATTRIBUTE = /^(?:expires|max-age|domain|path|samesite)$/i;
const SCHEME = /^([A-Za-z][\w-]*\s+)?(.*)$/s;
const MAX_SCANNED = 100_000;
const MIN_DISCOVERED = 6; // shorter values, such as "1" or "true", would match everywhere

/** @param {string} name */
export function isSecretName(name) {
  return SECRET_NAME.test(name);
}

/**
 * Returns all spellings of the values in a URL, a form, JSON, HTML or a header; the longest first.
 * @param {unknown[]} values
 * @returns {string[]}
 */
export function spellings(values) {
  /** @type {Set<string>} */
  const found = new Set();
  for (const value of values) {
    const text = String(value ?? '');
    if (text !== '') {
      const encoded = encodeUrl(text);
      found.add(text);
      found.add(encoded);
      found.add(encoded.replace(/%20/g, '+'));
      found.add(encoded.replace(/%../g, (code) => code.toLowerCase()));
      found.add(JSON.stringify(text).slice(1, -1));
      found.add(escapeHtml(text));
    }
  }
  return [...found].sort((a, b) => b.length - a.length);
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
  const masked = maskNamedValues(maskText(cutText(text, max + longest), needles));
  return cutText(isComplete ? masked : cutText(masked, Math.max(0, masked.length - longest)), max);
}

/**
 * @param {string} url
 * @param {string[]} needles
 */
export function maskUrl(url, needles) {
  const withoutUser = url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#@]*@/i, `$1${MASK}@`);
  return maskText(withoutUser, needles).replace(FIELD, `$1$2${MASK}`);
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string[]} needles
 * @param {string[]} secretHeaders lower-case names of headers whose value is always secret
 */
export function maskHeader(name, value, needles, secretHeaders) {
  const lower = name.toLowerCase();
  if (isCookieHeader(lower)) {
    return value.replace(COOKIE, (all, before, key) => (COOKIE_ATTRIBUTE.test(key) ? all : `${before}${key}=${MASK}`));
  }
  if (lower.endsWith('authorization')) {
    return value.replace(SCHEME, (_all, scheme) => `${scheme ?? ''}${MASK}`);
  }
  return secretHeaders.includes(lower) || isSecretName(name) ? MASK : maskNamedValues(maskText(value, needles));
}

/**
 * Returns the secrets in the headers of a message, because a body may repeat them.
 * @param {Record<string, string>} headers
 * @param {string[]} secretHeaders
 * @returns {string[]}
 */
export function secretsInHeaders(headers, secretHeaders) {
  const found = [];
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (isCookieHeader(lower)) {
      for (const [, , key, cookie] of value.matchAll(COOKIE)) {
        if (!COOKIE_ATTRIBUTE.test(key)) {
          found.push(cookie);
        }
      }
    } else if (secretHeaders.includes(lower) || isSecretName(name)) {
      found.push(value, SCHEME.exec(value)[2]);
    }
  }
  return found.filter((value) => value.length >= MIN_DISCOVERED);
}

/**
 * Returns the values that the URL or body of a request names as secret, such as a wrong password that the response
 * repeats.
 * @param {string} text
 * @returns {string[]}
 */
export function secretsInText(text) {
  const start = text.slice(0, MAX_SCANNED);
  const members = [...start.matchAll(JSON_MEMBER)].map(([, , value]) => decodeJson(value));
  const fields = [...start.matchAll(FIELD)].map(([, , , value]) => decodeFormText(value));
  return [...members, ...fields].filter((value) => value.length >= MIN_DISCOVERED);
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

function maskNamedValues(text) {
  return text.replace(JSON_MEMBER, `$1"${MASK}"`).replace(FIELD, `$1$2${MASK}`);
}

function decodeJson(value) {
  try {
    return String(JSON.parse(value));
  } catch {
    return value.replace(/^[\\"]+|[\\"]+$/g, '');
  }
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
