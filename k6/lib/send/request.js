// Prepares the function that sends an endpoint's requests and records their checks. Everything that does not change
// between requests is prepared once per virtual user.

import http from 'k6/http';

import { encodeHeader, mergeHeaders } from '../common/headers.js';
import { isSecretName } from '../common/secret-names.js';
import { fillText, firstEmptyColumn, firstMissingNeed } from '../document/fill.js';
import { parseUrl, sendWithCookies } from './cookies.js';
import { countFault, countSkipped, tagsOf } from './faults.js';
import { countResent, recorder } from './recorder.js';
import { redirectFollower, redirectLimit, redirectReason } from './redirects.js';
import { isRedirect, isUnfollowed, REDIRECT_STATUSES } from './response.js';
import { assignRow, secretsOf } from './scope.js';
import { addQuery, fillUrl, urlTemplate } from './url.js';

/** @typedef {import('../types.js').Endpoint} Endpoint */
/** @typedef {import('../types.js').Run} Run */
/** @typedef {import('../types.js').Scope} Scope */
/** @typedef {import('../types.js').Response} Response */
/** @typedef {typeof sendWithCookies} SendHttp */

const clock = Date.now;

const INVALID_URL = 1020; // k6's error code: it neither sent nor counted the request

/**
 * Returns send(scope), which returns the response. It returns null if a value was missing and nothing was sent. It
 * returns run.pending if the request has to wait for a token; run.pending.promise then resolves to the response. It
 * throws an error if k6 cannot build the request or cannot represent its response.
 * @param {Endpoint} endpoint
 * @param {Run} run
 * @returns {import('../types.js').Send}
 */
export function prepareRequest(endpoint, run) {
  const { method, needs, nonEmptyColumns } = endpoint;
  const { params, fillHeaders } = paramsOf(endpoint, run);
  const request = sendWithCookies;
  const { tokens } = run.auth;
  const usesToken = needsToken(endpoint, tokens);
  const checksToken = usesToken && !run.hasTokenPerIteration;
  const { pending } = run;
  const url = urlTemplate(run.baseUrl, endpoint.path);
  const fixed = fillHeaders === null ? fixedParts(endpoint, url) : null;
  const fixedUrl = fixed?.url ?? null;
  const parsedUrl = fixedUrl === null ? null : parseUrl(fixedUrl);
  const fixedBody = fixed?.body ?? null;
  const limit = redirectLimit(endpoint);
  const observer = run.observe === null ? null : run.observe(endpoint, params);
  const follow = redirectFollower({ send: sendAgain.bind(null, 'hop'), gate: run.gate, limit });
  const { recordSuccess, recordFailure, checkResults } = recorder(endpoint, run.useK6Checks);
  const nextRow = endpoint.data === null ? null : run.rowSource(endpoint.data);
  const hasNeeds = needs.length > 0 || nonEmptyColumns.length > 0;
  const observesAll = observer !== null && observer.observesAll === true;
  const onSend = observer?.onSend ?? null;
  let [sentUrl, sentBody] = [fixedUrl, fixedBody];
  if (usesToken) {
    tokens.attach(params.headers);
  }
  // This runs for every request. A variable that a function inside it captured would cost an object per request.
  return (scope) => {
    if (nextRow !== null && !assignRow(scope, nextRow)) {
      observer?.onSkip?.(`data file ${endpoint.data.name} has no rows left`);
      return null;
    }
    if (hasNeeds && !hasAllValues(scope)) {
      return null;
    }
    if (observer !== null && observer.bodiesToKeep !== 0) {
      observer.beforeRequest();
    }
    if (onSend !== null) {
      onSend();
    }
    if (checksToken && tokens.isDue(clock())) {
      return sendAfterRefresh(scope);
    }
    const response = fixedUrl === null ? send(scope) : request(method, parsedUrl, fixedBody, params);
    if (observer !== null && observer.bodiesToKeep !== 0) {
      observer.afterResponse(response);
    }
    if (!recordSuccess(response, scope)) {
      return limit > 0 && isRedirect(response.status)
        ? record(followFrom(response, scope), scope, usesToken)
        : handleFailure(response, scope, usesToken);
    }
    if (observesAll) {
      report(response, scope);
    }
    return response;
  };

  // Sends another request of the same step. Counts the previous request as one after which the step sent another one.
  function sendAgain(kind, verb, target, body, options) {
    countResent(endpoint, kind);
    const response = request(verb, target, body, options);
    if (observer !== null && observer.bodiesToKeep !== 0) {
      observer.afterResponse(response);
    }
    return response;
  }

  function followFrom(response, scope) {
    if (limit === 0 || !isRedirect(response.status)) {
      return response;
    }
    const { values, headers } = secretsOf(endpoint, response, scope, run);
    const isSecret = (name, value) =>
      headers.includes(name.toLowerCase()) ||
      isSecretName(name) ||
      values.some((one) => one && String(value).includes(one));
    return follow(response, { method, url: sentUrl, body: sentBody, params }, isSecret);
  }

  function hasAllValues(scope) {
    const missing = firstEmptyColumn(nonEmptyColumns, scope.row) ?? firstMissingNeed(needs, scope.data);
    if (missing === undefined) {
      return true;
    }
    countSkipped(endpoint, missing, scope.data);
    observer?.onSkip?.(`"${missing.text}" has no value`);
    return false;
  }

  function send(scope) {
    if (fixedUrl === null) {
      if (fillHeaders !== null) {
        fillHeaders(scope);
      }
      const { payload, query } = endpoint;
      sentBody = payload === null ? null : (payload.fixed ?? payload.make(scope));
      sentUrl = addQuery(fillUrl(url, scope), query, scope);
    }
    return request(method, sentUrl, sentBody, params);
  }

  function sendAfterRefresh(scope) {
    pending.promise = tokens.refresh().then(() => {
      const response = record(followFrom(send(scope), scope), scope, true);
      return response === pending ? pending.promise : response;
    });
    return pending;
  }

  function record(response, scope, canRetry) {
    if (!recordSuccess(response, scope)) {
      return handleFailure(response, scope, canRetry);
    }
    if (observesAll) {
      report(response, scope);
    }
    return response;
  }

  function handleFailure(response, scope, canRetry) {
    if (canRetry && response.status === 401) {
      return retryWithNewToken(response, scope);
    }
    if (response.error_code === INVALID_URL) {
      throw new Error(response.error);
    }
    if (isUnfollowed(endpoint.expectedStatus, response.status)) {
      response.error = redirectReason(response, limit);
      countFault(endpoint, 'redirect', response.error);
    }
    recordFailure(response, scope);
    if (observer !== null) {
      report(response, scope);
    }
    return response;
  }

  // After a 401 the same request is sent once more if there is another token.
  function retryWithNewToken(refused, scope) {
    pending.promise = tokens
      .replace(tokens.number)
      .then((isReplaced) =>
        isReplaced ? followFrom(sendAgain('repetition', method, sentUrl, sentBody, params), scope) : refused,
      )
      .then((response) => record(response, scope, false));
    return pending;
  }

  function report(response, scope) {
    observer.onResponse(response, scope, () => checkResults(response));
  }
}

// Returns URL and body of a request without templates; null for all others.
function fixedParts({ payload, query }, url) {
  const isFixed = url.fixed !== null && query.length === 0 && (payload === null || payload.fixed !== null);
  return isFixed ? { url: url.fixed, body: payload?.fixed ?? null } : null;
}

// An endpoint with its own Authorization header needs no token, nor does one that is expected to respond with 401.
function needsToken({ headers, expectedStatus }, tokens) {
  const hasAuthorization = headers.some(([name]) => name.toLowerCase() === 'authorization');
  return tokens !== null && expectedStatus !== 401 && !hasAuthorization;
}

/**
 * @param {Endpoint} endpoint
 * @param {Run} run
 * @returns {{params: any, fillHeaders: ((scope: Scope) => void) | null}}
 */
function paramsOf(endpoint, { auth }) {
  const { name, method, headers, payload, checks, extract, phase, expectedStatus } = endpoint;
  /** @type {[string, string][]} */
  const contentType = payload?.contentType ? [['Content-Type', payload.contentType]] : [];
  /** @type {Record<string, any>} */
  const merged = mergeHeaders(/** @type {[string, any][]} */ (contentType), auth.headers, headers);
  const templates = Object.entries(merged)
    .filter(([, value]) => typeof value !== 'string' && value.fixed === null)
    .map(([header, template]) => ({ header, template }));
  for (const [header, value] of Object.entries(merged)) {
    merged[header] = value.fixed ?? value;
  }
  const hasNoHeaders = auth.tokens === null && Object.keys(merged).length === 0;
  /** @type {Record<string, any>} */
  const params = {
    ...(hasNoHeaders ? {} : { headers: merged }),
    tags: { name, ...tagsOf(endpoint) },
    ...timeoutParam(endpoint.timeoutMs),
    ...statusParam(expectedStatus),
  };
  if (method !== 'HEAD' && (phase !== '' || [...checks, ...extract].some(({ reads }) => reads !== ''))) {
    params.responseType = 'text';
  }
  const fillHeaders = (scope) => {
    for (let index = 0; index < templates.length; index += 1) {
      merged[templates[index].header] = fillText(templates[index].template, scope, encodeHeader);
    }
  };
  return { params, fillHeaders: templates.length === 0 ? null : fillHeaders };
}

function timeoutParam(timeout) {
  return timeout === null ? {} : { timeout };
}

// With an expected status every other status is an error, except a redirect on the way to it.
function statusParam(status) {
  if (status === undefined) {
    return {};
  }
  if (isRedirect(status)) {
    return { responseCallback: http.expectedStatuses(status) };
  }
  return { responseCallback: http.expectedStatuses(status, ...REDIRECT_STATUSES) };
}
