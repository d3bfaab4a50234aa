// Parses Set-Cookie headers as browsers do (RFC 6265, section 5.2). Pure.

/** @typedef {import('../types.js').KeptCookie} KeptCookie */

const ORDINARY_NAME = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const ORDINARY_VALUE = '[!#-+\\x2d-:<-[\\]-~]*';
const DATE_OR_ATTRIBUTES = '(?:;[^,]*(?:, [0-9][^,=]*(?:;[^,]*)?)?)?';
const ORDINARY = new RegExp(`^(?:${ORDINARY_NAME}=${ORDINARY_VALUE}${DATE_OR_ATTRIBUTES}(?:, |$))+$`);
const ORDINARY_COOKIE = new RegExp(`^${ORDINARY_NAME}=${ORDINARY_VALUE}$`);
const NEXT_COOKIE = /, (?=[^=;,\s"{}:\\]+=)/;

/**
 * Whether k6's own jar keeps all cookies of a header as they are.
 * @param {string} header
 */
export function isOrdinary(header) {
  return ORDINARY.test(header);
}

/**
 * Returns the value of a cookie as a browser stores it; undefined if the header does not set it.
 * @param {string | undefined} header
 * @param {string} name
 */
export function cookieValue(header, name) {
  const cookies = header === undefined ? [] : header.split(NEXT_COOKIE).map((text) => pairOf(text.split(';', 1)[0]));
  return cookies.find((cookie) => cookie.name === name)?.value;
}

/**
 * Returns the cookies of joined Set-Cookie headers, except those for other hosts.
 * @param {string} header
 * @param {string} host
 * @param {string} requestPath
 * @returns {KeptCookie[]}
 */
export function cookiesIn(header, host, requestPath) {
  const cookies = header.split(NEXT_COOKIE).map((text) => readCookie(text, host, requestPath));
  return cookies.filter(({ domain }) => host === domain || host.endsWith(`.${domain}`));
}

/** @returns {KeptCookie} */
function readCookie(text, host, requestPath) {
  const [pair, ...attributes] = text.split(';');
  const values = new Map(attributes.map(pairOf).map(({ name, value }) => [name.toLowerCase(), value]));
  const { name, value } = pairOf(pair);
  const domain = (values.get('domain') ?? '').replace(/^\./, '').toLowerCase();
  const path = values.get('path') ?? '';
  return {
    name,
    value,
    isOrdinary: ORDINARY_COOKIE.test(pair),
    domain: domain || host,
    isHostOnly: domain === '',
    path: path.startsWith('/') ? path : folderOf(requestPath),
    isSecure: values.has('secure'),
    expiresAt: expiryOf(values.get('max-age'), values.get('expires')),
  };
}

function pairOf(text) {
  const end = text.indexOf('=');
  return {
    name: text.slice(0, Math.max(0, end)).trim() || text.trim(),
    value: end < 0 ? '' : text.slice(end + 1).trim(),
  };
}

function folderOf(path) {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function expiryOf(maxAge, expires) {
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) {
    return Date.now() + Number(maxAge) * 1000;
  }
  const time = expires === undefined ? NaN : Date.parse(expires);
  return Number.isNaN(time) ? Infinity : time;
}
