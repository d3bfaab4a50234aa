// Secrets out of what is shown of requests and responses: known values wherever they stand, and what stands under the
// name of a secret. Pure.

export const MASK = '***';

const NAMES =
  '(?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth(?:entication|orization)?' +
  '|credentials?|session(?:[_-]?id)?|signature|jwt)';
const SECRET_NAME = new RegExp(`(?:${NAMES}|cookie)$`, 'i');
const JSON_MEMBER = new RegExp(`("(?:[^"\\\\]|\\\\.)*?${NAMES}\\\\*"\\s*:\\s*)(\\\\*"(?:[^"\\\\]|\\\\.)*(?:"|$)|-?\\d[\\d.eE+-]*)`, 'gi');
const FIELD = new RegExp(`(^|[?&;#\\s"'<>])([^=&;?#\\s"'<>]*${NAMES}=)([^&;#\\s"'<>]*)`, 'gi');
const COOKIE = /(^|[;,]\s*)([^=;,\s]+)=((?:(?!,\s*[^=;,\s]+=)[^;])*)/g;
const ATTRIBUTE = /^(?:expires|max-age|domain|path|samesite)$/i;
const SCHEME = /^([A-Za-z][\w-]*\s+)?(.*)$/s;
const MOST_READ = 100_000;
const LEAST_LEARNED = 6; // a shorter cookie ("1", "true") would be found everywhere

export function isSecretName(name) {
  return SECRET_NAME.test(name);
}

// All ways in which a value may be written in a URL, a form, JSON, HTML or a header; the longest first.
export function spellings(values) {
  const found = new Set();
  for (const value of values) {
    const text = String(value ?? '');
    if (text !== '') {
      const escaped = escapedUrl(text);
      [text, escaped, escaped.replace(/%20/g, '+'), escaped.replace(/%../g, (code) => code.toLowerCase())].forEach((one) => found.add(one));
      [JSON.stringify(text).slice(1, -1), escapedHtml(text)].forEach((one) => found.add(one));
    }
  }
  return [...found].sort((a, b) => b.length - a.length);
}

export function maskText(text, needles) {
  let masked = text;
  for (const needle of needles) {
    if (masked.includes(needle)) {
      masked = masked.split(needle).join(MASK);
    }
  }
  return masked;
}

// A body as far as `most` characters: of one that goes on behind, the end could hold the beginning of a secret.
export function maskBody(text, needles, most) {
  const longest = needles.length === 0 ? 0 : needles[0].length;
  const whole = text.length <= most + longest;
  const masked = maskNamed(maskText(cutText(text, most + longest), needles));
  return cutText(whole ? masked : cutText(masked, Math.max(0, masked.length - longest)), most);
}

export function maskUrl(url, needles) {
  const plain = url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#@]*@/i, `$1${MASK}@`);
  return maskText(plain, needles).replace(FIELD, `$1$2${MASK}`);
}

// The value of a header: `secret` are names (in lower case) that hold one whatever they are called.
export function maskHeader(name, value, needles, secret) {
  const lower = name.toLowerCase();
  if (lower === 'cookie' || lower === 'set-cookie') {
    return value.replace(COOKIE, (all, before, key) => (ATTRIBUTE.test(key) ? all : `${before}${key}=${MASK}`));
  }
  if (lower.endsWith('authorization')) {
    return value.replace(SCHEME, (_all, scheme) => `${scheme ?? ''}${MASK}`);
  }
  return secret.includes(lower) || isSecretName(name) ? MASK : maskNamed(maskText(value, needles));
}

// What the headers of one request give away: it may come back in a body.
export function learnedFrom(headers, secret) {
  const learned = [];
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (lower === 'cookie' || lower === 'set-cookie') {
      for (const [, , key, kept] of value.matchAll(COOKIE)) {
        if (!ATTRIBUTE.test(key)) {
          learned.push(kept);
        }
      }
    } else if (secret.includes(lower) || isSecretName(name)) {
      learned.push(value, SCHEME.exec(value)[2]);
    }
  }
  return learned.filter((value) => value.length >= LEAST_LEARNED);
}

// What a request's own text names as a secret: a wrong password, say, that the answer repeats.
export function learnedIn(text) {
  const start = text.slice(0, MOST_READ);
  const members = [...start.matchAll(JSON_MEMBER)].map(([, , value]) => parsed(value));
  const fields = [...start.matchAll(FIELD)].map(([, , , value]) => unescapedUrl(value));
  return [...members, ...fields].filter((value) => value.length >= LEAST_LEARNED);
}

// Cut between characters, never within one.
export function cutText(text, most) {
  if (text.length <= most) {
    return text;
  }
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? most - 1 : most);
}

function maskNamed(text) {
  return text.replace(JSON_MEMBER, `$1"${MASK}"`).replace(FIELD, `$1$2${MASK}`);
}

function parsed(value) {
  try {
    return String(JSON.parse(value));
  } catch {
    return value.replace(/^[\\"]+|[\\"]+$/g, '');
  }
}

function unescapedUrl(text) {
  try {
    return decodeURIComponent(text.replace(/\+/g, ' '));
  } catch {
    return text;
  }
}

function escapedUrl(text) {
  try {
    return encodeURIComponent(text);
  } catch {
    return text;
  }
}

function escapedHtml(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;').replace(/'/g, '&#39;');
}
