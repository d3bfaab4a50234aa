// A request and its response in reportable form: masked, cut, and no longer than a log line may be. Pure.

import { cutText, maskAll, maskBody, maskHeader, secretsInHeaders, secretsInText, spellings } from './masking.js';

/** @typedef {{url: number, header: number, headers: number, request: number, response: number, line: number}} ReportLimits */

// In characters, except `line`, which is bytes of JSON: k6's own JSON and Base64 add a third to it.
/** @type {ReportLimits} */
export const SHORT_LIMITS = { url: 2_000, header: 1_000, headers: 60, request: 2_000, response: 4_000, line: 11_500 };
/** @type {ReportLimits} */
export const LONG_LIMITS = {
  url: 8_000,
  header: 4_000,
  headers: 100,
  request: 32_000,
  response: 64_000,
  line: 300_000,
};

const MAX_REPORTED_CHECKS = 50;
const MAX_ERROR_CHARACTERS = 500;
const MAX_HEADER_NAME_CHARACTERS = 200;
const BINARY_SAMPLE_CHARACTERS = 2_000;
const STATUSES_WITHOUT_BODY = [204, 304];

/**
 * Returns an exchange as JSON.
 * @param {import('../types.js').ReportedResponse} response
 * @param {import('../types.js').ExchangeFacts} facts
 * @param {import('../types.js').Secrets} secrets
 * @param {ReportLimits} limits
 */
export function exchangeJson(response, facts, secrets, limits) {
  const request = response.request;
  const requestHeaders = joinValues(request.headers);
  const fromHeaders = [requestHeaders, response.headers].flatMap((all) => secretsInHeaders(all, secrets.headers));
  const fromTexts = [request.url, request.body ?? ''].flatMap(secretsInText);
  const needles = spellings([...secrets.values, ...fromHeaders, ...fromTexts]);
  const build = (max) => ({
    ...facts,
    checks: facts.checks
      .slice(0, MAX_REPORTED_CHECKS)
      .map(({ check, pass }) => ({ check: maskAll(check, needles), pass })),
    request: {
      method: request.method,
      url: cutText(maskAll(request.url, needles), max.url),
      headers: reportedHeaders(requestHeaders, needles, secrets.headers, max),
      ...reportedBody(request.body ?? '', null, needles, max.request),
    },
    response: {
      status: response.status,
      headers: reportedHeaders(response.headers, needles, secrets.headers, max),
      ...reportedBody(bodyOf(response, request.method), contentLength(response.headers), needles, max.response),
      duration_ms: Math.round(response.timings.duration * 1000) / 1000,
      error: response.error ? cutText(maskAll(response.error, needles), MAX_ERROR_CHARACTERS) : null,
    },
  });
  return shrinkToFit(build, limits);
}

// Returns the JSON of build(limits), with limits that are halved until the JSON fits into a line.
function shrinkToFit(build, limits) {
  let max = limits;
  for (;;) {
    const text = JSON.stringify(build(max));
    if (byteLength(text) <= limits.line || max.response === 0) {
      return text;
    }
    const halve = (size) => (size < 100 ? 0 : Math.floor(size / 2));
    max = {
      ...max,
      url: halve(max.url),
      header: halve(max.header),
      headers: halve(max.headers),
      request: halve(max.request),
      response: halve(max.response),
    };
  }
}

function reportedHeaders(headers, needles, secretHeaders, max) {
  const reported = Object.create(null);
  for (const [name, value] of Object.entries(headers).slice(0, max.headers)) {
    reported[cutText(name, MAX_HEADER_NAME_CHARACTERS)] = cutText(
      maskHeader(name, value, needles, secretHeaders),
      max.header,
    );
  }
  return reported;
}

// `omitted` is the reason why there is no body text: k6 did not keep it, or it is binary.
function reportedBody(body, length, needles, max) {
  if (body === null) {
    return { body: null, body_bytes: length, cut: false, omitted: 'not_kept' };
  }
  const size = length ?? byteLength(body);
  if (isBinary(body)) {
    return { body: null, body_bytes: size, cut: false, omitted: 'binary' };
  }
  return { body: maskBody(body, needles, max), body_bytes: size, cut: body.length > max, omitted: null };
}

// A response that cannot have a body has an empty one. Null means that k6 did not keep the body.
function bodyOf(response, method) {
  const hasNoBody = response.status === 0 || method === 'HEAD' || STATUSES_WITHOUT_BODY.includes(response.status);
  return hasNoBody || contentLength(response.headers) === 0 ? '' : response.body;
}

function contentLength(headers) {
  const length = headers['Content-Length'];
  return /^\d{1,15}$/.test(length ?? '') && headers['Content-Encoding'] === undefined ? Number(length) : null;
}

// k6 decodes a body as UTF-8, so binary data contains replacement characters.
function isBinary(text) {
  const unprintable = text.slice(0, BINARY_SAMPLE_CHARACTERS).match(/[\x00-\x08\x0e-\x1f\x7f\ufffd]/g);
  return (
    unprintable !== null &&
    (unprintable.includes('\x00') || unprintable.length * 10 > Math.min(text.length, BINARY_SAMPLE_CHARACTERS))
  );
}

function joinValues(headers) {
  const joined = Object.create(null);
  for (const [name, values] of Object.entries(headers)) {
    joined[name] = Array.isArray(values) ? values.join(', ') : String(values);
  }
  return joined;
}

function byteLength(text) {
  return new TextEncoder().encode(text).length;
}
