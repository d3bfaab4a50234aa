// Cookies that k6's jar drops or changes: values with quotes, commas, blanks, backslashes or characters beyond ASCII,
// such as JSON. Browsers keep the text after the equals sign as it is and send it back, so this jar does too. Ordinary
// cookies stay in k6's jar, which is faster.
//
// k6 joins several Set-Cookie headers with ", ". Text like ", name=" therefore starts the next cookie, also within a
// value, and bytes that are not UTF-8 are lost.

import exec from 'k6/execution';
import http from 'k6/http';

import { cookiesIn, isOrdinary } from '../common/set-cookie.js';
import { hostOf, splitUrl } from '../common/urls.js';

/** @typedef {import('../types.js').Response} Response */
/** @typedef {import('../types.js').KeptCookie} KeptCookie */

const request = /** @type {(method: string, url: any, body: any, params: any) => Response} */ (http.request);
const none = undefined; // a constant, because k6's engine looks `undefined` up by name for every request
const EXPIRED = { max_age: -1 };
/** @type {KeptCookie[]} */
let kept = [];
let iteration = -1;

/**
 * Sends a request like http.request, with all cookies as a browser would send them.
 * @param {string} method
 * @param {any} url a text, or what parseUrl returned
 * @param {any} body
 * @param {any} params
 * @returns {Response}
 */
export function sendWithCookies(method, url, body, params) {
  const response = request(method, url, body, kept.length === 0 ? params : withCookies(`${url.url ?? url}`, params));
  const header = response.headers['Set-Cookie'];
  if (header !== none && (kept.length > 0 || !isOrdinary(header))) {
    keepCookies(header, response.url);
  }
  return response;
}

/**
 * Returns a URL for many requests, which k6 parses only once. A text that k6 cannot parse is returned unchanged: k6
 * then reports the error with each request.
 * @param {string} url
 */
export function parseUrl(url) {
  try {
    return http.url`${url}`;
  } catch {
    return url;
  }
}

/**
 * Forgets the cookies of this user for a URL.
 * @param {string} url
 */
export function clearCookies(url) {
  kept = [];
  http.cookieJar().clear(url);
}

// k6 gives each iteration a new jar.
function withCookies(url, params) {
  if (iteration !== exec.vu.iterationInInstance) {
    kept = [];
    return params;
  }
  const { host, path } = placeOf(url);
  const now = Date.now();
  const matching = kept.filter((cookie) => matches(cookie, host, path, url.startsWith('https:'), now));
  if (matching.length === 0) {
    return params;
  }
  const headers = { ...params.headers };
  const name = Object.keys(headers).find((one) => one.toLowerCase() === 'cookie') ?? 'Cookie';
  const texts = matching.map((cookie) => `${cookie.name}=${cookie.value}`);
  headers[name] = [...(headers[name] ? [headers[name]] : []), ...texts].join('; ');
  return { ...params, headers };
}

function matches({ domain, isHostOnly, path, isSecure, expiresAt }, host, requestPath, isHttps, now) {
  const isSameHost = host === domain || (!isHostOnly && host.endsWith(`.${domain}`));
  const isSamePath =
    requestPath === path || (requestPath.startsWith(path) && (path.endsWith('/') || requestPath[path.length] === '/'));
  return isSameHost && isSamePath && (isHttps || !isSecure) && expiresAt > now;
}

function keepCookies(header, url) {
  if (iteration !== exec.vu.iterationInInstance) {
    iteration = exec.vu.iterationInInstance;
    kept = [];
  }
  const { host, path } = placeOf(url);
  for (const cookie of cookiesIn(header, host, path)) {
    kept = kept.filter((other) => !isSameCookie(other, cookie));
    if (!cookie.isOrdinary) {
      kept.push(cookie);
      removeFromJar(cookie, url);
    }
  }
}

function isSameCookie(one, other) {
  return one.name === other.name && one.domain === other.domain && one.path === other.path;
}

// k6's jar keeps some of these values in a changed form, and earlier values of the same cookie.
function removeFromJar({ name, domain, path, isHostOnly }, url) {
  http.cookieJar().set(url, name, '', { ...EXPIRED, path, ...(isHostOnly ? {} : { domain }) });
}

function placeOf(url) {
  const parts = /** @type {import('../common/urls.js').UrlParts} */ (splitUrl(url));
  return { host: hostOf(parts).host, path: parts.path || '/' };
}
