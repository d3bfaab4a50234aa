// Follows redirects as k6 itself does: every hop is a request with the same tags. k6 would follow them to any host and
// send the headers along; here each hop passes the gate, and no secret leaves the origin that it was sent to.

import { encodeUnsafe, joinUrl, originOf, resolveLocation, splitUrl } from '../common/urls.js';
import { isRedirect } from './response.js';

/** @typedef {import('../types.js').Response} Response */
/** @typedef {{method: string, url: string, body: any, params: any}} Request */

const DEFAULT_TIMEOUT_MS = 60_000; // k6's own
const MAX_REDIRECTS = 10; // k6's own
const WITH_BODY = [307, 308];
const CONTENT_HEADERS = ['content-type', 'content-length', 'content-encoding', 'content-language', 'content-location'];
// k6 refuses to connect to this address, so the request fails there and is counted like any other that k6 cannot send.
const REFUSED_URL = 'http://127.255.255.255:1/';

/**
 * Returns follow(response, request, isSecret), which returns the last response of a chain of redirects. `isSecret(name,
 * value)` returns whether a header stays with its origin. The time limit of a request covers the whole chain.
 * @param {{send: (method: string, url: string, body: any, params: any) => Response, gate: import('./gate.js').Gate, limit: number}} deps
 */
export function redirectFollower({ send, gate, limit }) {
  return follow;

  /**
   * @param {Response} first
   * @param {Request} request
   * @param {(name: string, value: any) => boolean} isSecret
   * @returns {Response}
   */
  function follow(first, request, isSecret) {
    let response = first;
    let hop = request;
    const hasReferer = Object.keys(request.params.headers ?? {}).some((name) => name.toLowerCase() === 'referer');
    let remainingMs = (request.params.timeout ?? DEFAULT_TIMEOUT_MS) - spentMs(first);
    for (let count = 0; count < limit && isRedirect(response.status); count += 1) {
      const next = nextRequest(hop, response, isSecret, hasReferer);
      if (next === null) {
        break;
      }
      next.params = { ...next.params, timeout: Math.max(1, Math.round(remainingMs)) };
      response = next.refusal === null ? send(next.method, next.url, next.body, next.params) : refuse(next);
      remainingMs -= spentMs(response);
      hop = next;
    }
    if (response !== first) {
      response.request = first.request; // as in k6: the request that started the chain
    }
    return response;
  }

  function nextRequest({ method, url, body, params }, response, isSecret, hasReferer) {
    const from = splitUrl(url);
    const location = response.headers.Location;
    const to = from && location ? resolveLocation(from, location) : null;
    if (from === null || to === null) {
      return null;
    }
    const isForeign = originOf(from) !== originOf(to);
    const keepsBody = WITH_BODY.includes(response.status);
    const kept = Object.entries(params.headers ?? {}).filter(
      ([name, value]) =>
        (keepsBody || !isContentHeader(name)) && !(isForeign && isBoundToOrigin(name, value, isSecret)),
    );
    const headers = Object.fromEntries(kept);
    if (!hasReferer) {
      setReferer(headers, from, to, isForeign);
    }
    return {
      method: keepsBody || method === 'HEAD' ? method : 'GET',
      url: encodeUnsafe(joinUrl(to)),
      body: keepsBody ? body : null,
      params: { ...params, headers },
      refusal: gate(to),
    };
  }

  function refuse({ method, url, params, refusal }) {
    const response = send(method, REFUSED_URL, null, { ...params, headers: {} });
    response.error = `redirected to ${url}, but ${refusal}`;
    return response;
  }
}

/**
 * Returns how many redirects of an endpoint are followed. A redirect that is the expected status is not followed.
 * @param {import('../types.js').Endpoint} endpoint
 */
export function redirectLimit({ expectedStatus, redirects }) {
  return isRedirect(expectedStatus) ? 0 : (redirects ?? MAX_REDIRECTS);
}

/**
 * Returns why a redirect is the last response of its chain.
 * @param {Response} response
 * @param {number} limit
 */
export function redirectReason({ status, headers }, limit) {
  if (headers.Location && limit === 0) {
    return `status ${status}, but redirects is 0`;
  }
  return headers.Location ? `more than ${limit} redirects` : `status ${status} without a Location`;
}

function isContentHeader(name) {
  return CONTENT_HEADERS.includes(name.toLowerCase());
}

function isBoundToOrigin(name, value, isSecret) {
  return name.toLowerCase() === 'host' || isSecret(name, value);
}

// Like Go's client, but another origin does not get the path, because the path may contain a secret.
function setReferer(headers, from, to, isForeign) {
  if (from.scheme === 'https' && to.scheme === 'http') {
    delete headers.Referer;
  } else {
    headers.Referer = joinUrl(isForeign ? { ...from, path: '/', query: '' } : from);
  }
}

function spentMs({ timings }) {
  return timings.blocked + timings.connecting + timings.tls_handshaking + timings.duration;
}
