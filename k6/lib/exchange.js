// One request and its response as they are shown to people: masked, cut, and never longer than a line may be. Pure.

import { cutText, learnedFrom, learnedIn, maskBody, maskHeader, maskText, maskUrl, spellings } from './masking.js';

// In characters, but for `line`, which is in bytes of JSON: k6's own JSON and Base64 make it a third longer.
export const SHORT = { url: 2_000, header: 1_000, headers: 60, request: 2_000, response: 4_000, line: 11_500 };
export const LONG = { url: 8_000, header: 4_000, headers: 100, request: 32_000, response: 64_000, line: 300_000 };

const MOST_CHECKS = 50;
const MOST_ERROR = 500;
const LOOKED_AT = 2_000;
const WITHOUT_BODY = [204, 304];

// `secrets`: {values, headers}: what is secret wherever it stands, and names of headers that hold a secret.
// `facts`: {op, group, phase, at_ms, vu, iteration, expected, checks}; `response` is k6's.
export function exchangeOf(response, facts, secrets, limits) {
  const request = response.request;
  const sent = joined(request.headers);
  const headers = [sent, response.headers].flatMap((all) => learnedFrom(all, secrets.headers));
  const texts = [request.url, request.body ?? ''].flatMap(learnedIn);
  const needles = spellings([...secrets.values, ...headers, ...texts]);
  const make = (most) => ({
    ...facts,
    checks: facts.checks.slice(0, MOST_CHECKS).map(({ check, pass }) => ({ check: maskText(check, needles), pass })),
    request: {
      method: request.method,
      url: cutText(maskUrl(request.url, needles), most.url),
      headers: shownHeaders(sent, needles, secrets.headers, most),
      ...shownBody(request.body ?? '', null, needles, most.request),
    },
    response: {
      status: response.status,
      headers: shownHeaders(response.headers, needles, secrets.headers, most),
      ...shownBody(bodyOf(response, request.method), lengthOf(response.headers), needles, most.response),
      duration_ms: Math.round(response.timings.duration * 1000) / 1000,
      error: response.error ? cutText(maskText(response.error, needles), MOST_ERROR) : null,
    },
  });
  return fitting(make, limits);
}

// The JSON of what `make(limits)` gives, with less of everything until it fits into a line.
function fitting(make, limits) {
  let most = limits;
  for (;;) {
    const text = JSON.stringify(make(most));
    if (bytesOf(text) <= limits.line || most.response === 0) {
      return text;
    }
    const less = (size) => (size < 100 ? 0 : Math.floor(size / 2));
    most = { ...most, url: less(most.url), header: less(most.header), headers: less(most.headers), request: less(most.request), response: less(most.response) };
  }
}

function shownHeaders(headers, needles, secret, most) {
  const shown = Object.create(null);
  for (const [name, value] of Object.entries(headers).slice(0, most.headers)) {
    shown[cutText(name, 200)] = cutText(maskHeader(name, value, needles, secret), most.header);
  }
  return shown;
}

// `omitted` says why there is no text: nobody kept it, or it is none.
function shownBody(body, length, needles, most) {
  if (body === null) {
    return { body: null, body_bytes: length, cut: false, omitted: 'not_kept' };
  }
  const size = length ?? bytesOf(body);
  if (isBinary(body)) {
    return { body: null, body_bytes: size, cut: false, omitted: 'binary' };
  }
  const shown = maskBody(body, needles, most);
  return { body: shown, body_bytes: size, cut: body.length > most, omitted: null };
}

// What never had a body has an empty one; null is one that k6 did not keep.
function bodyOf(response, method) {
  const none = response.status === 0 || method === 'HEAD' || WITHOUT_BODY.includes(response.status);
  return none || lengthOf(response.headers) === 0 ? '' : response.body;
}

function lengthOf(headers) {
  const length = headers['Content-Length'];
  return /^\d{1,15}$/.test(length ?? '') && headers['Content-Encoding'] === undefined ? Number(length) : null;
}

// k6 reads a body as UTF-8: what is none has replacement characters in it.
function isBinary(text) {
  const odd = text.slice(0, LOOKED_AT).match(/[\x00-\x08\x0e-\x1f\x7f\ufffd]/g);
  return odd !== null && (odd.includes('\x00') || odd.length * 10 > Math.min(text.length, LOOKED_AT));
}

function joined(headers) {
  const all = Object.create(null);
  for (const [name, values] of Object.entries(headers)) {
    all[name] = Array.isArray(values) ? values.join(', ') : String(values);
  }
  return all;
}

function bytesOf(text) {
  return new TextEncoder().encode(text).length;
}
