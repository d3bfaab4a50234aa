// File URLs, percent-encoding, and URLs of redirects. The URL of a redirect is built anew from checked parts, so k6
// cannot send the request to another host than the checked one.

/** @typedef {{scheme: string, authority: string, path: string, query: string}} UrlParts */

const DEFAULT_PORTS = { http: 80, https: 443 };

/**
 * Percent-encodes what a URL cannot contain, also a percent sign that starts no percent-encoding. Existing encodings
 * stay.
 * @param {string} text
 */
export function encodeUnsafe(text) {
  return text.replace(/[^\x21-\x7e]|["<>\\^`{|}]|%(?![0-9A-Fa-f]{2})/gu, encodeURIComponent);
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

/**
 * Returns the parts of a URL that has a scheme and a host; null for any other text.
 * @param {string} text
 * @returns {UrlParts | null}
 */
export function splitUrl(text) {
  const match = /^(https?):\/\/([^/?#]*)([^?#]*)(\?[^#]*)?/i.exec(text);
  return match && { scheme: match[1].toLowerCase(), authority: match[2], path: match[3], query: match[4] ?? '' };
}

/**
 * Returns the URL that a Location header refers to; null if requests cannot follow it.
 * @param {UrlParts} base
 * @param {string} location
 * @returns {UrlParts | null}
 */
export function resolveLocation(base, location) {
  if (/^[a-z][a-z0-9+.-]*:/i.test(location)) {
    return withHost(splitUrl(location));
  }
  if (location.startsWith('//')) {
    return withHost(splitUrl(`${base.scheme}:${location}`));
  }
  const [, path, query] = /** @type {RegExpExecArray} */ (/^([^?#]*)(\?[^#]*)?/.exec(location));
  if (path === '') {
    return { ...base, query: query ?? base.query };
  }
  const folder = base.path.slice(0, base.path.lastIndexOf('/') + 1) || '/';
  return { ...base, path: withoutDots(path.startsWith('/') ? path : folder + path), query: query ?? '' };
}

/** @param {UrlParts} parts */
export function joinUrl({ scheme, authority, path, query }) {
  return `${scheme}://${authority}${path || '/'}${query}`;
}

/**
 * Returns the host without its port, and the port.
 * @param {UrlParts} parts
 */
export function hostOf({ scheme, authority }) {
  const [, host, port] = splitAuthority(authority) ?? [null, authority, ''];
  return { host: host.toLowerCase(), port: Number(port || DEFAULT_PORTS[scheme]) };
}

/** @param {UrlParts} parts */
export function originOf(parts) {
  const { host, port } = hostOf(parts);
  return `${parts.scheme}://${host}:${port}`;
}

// A regular expression within a function is not compiled for each user at the start.
function splitAuthority(text) {
  return /^(?:[^@\\]*@)?(\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9._-]*))(?::(\d{0,5}))?$/i.exec(text);
}

// Leaves out the user and password of a URL: k6 would send them.
function withHost(parts) {
  const match = splitAuthority(parts?.authority ?? '');
  if (match === null || Number(match[2] || 1) < 1 || Number(match[2] || 1) > 65_535) {
    return null;
  }
  const authority = match[2] ? `${match[1]}:${match[2]}` : match[1];
  return { ...parts, authority, path: withoutDots(parts.path) };
}

function withoutDots(path) {
  const kept = [];
  const segments = path.split('/');
  segments.forEach((segment, index) => {
    const isLast = index === segments.length - 1;
    if (segment === '..') {
      kept.splice(Math.max(1, kept.length - 1));
    } else if (segment !== '.') {
      kept.push(segment);
    }
    if (isLast && (segment === '.' || segment === '..')) {
      kept.push('');
    }
  });
  return kept.join('/');
}
