// An endpoint to a function that sends its request and records its checks. All that does not change from request to
// request is made once per virtual user.

import http from 'k6/http';

import { REDIRECTS } from './expectation.js';
import { encodeHeader, mergeHeaders } from './headers.js';
import { recorder, skipRecorder, tagsOf } from './metrics.js';
import { giveRow } from './scope.js';
import { fillText, firstEmpty, firstMissing } from './template.js';
import { addQuery, fillUrl, urlTemplate } from './url.js';

const clock = Date.now;

// `run` is what holds for all requests: {takerOf, baseUrl, auth, tokenComesFirst, later, asK6Checks, patienceMs, watch}; the
// time-out of those that have none, and what shows single requests, may be null. The function takes the scope of the
// iteration and returns the response; null when a value was missing and nothing was sent; `later` when it has a promise of
// the response, since a token has to be waited for.
export function prepareRequest(endpoint, run) {
  const { method, needs, filledColumns } = endpoint;
  const { params, fillHeaders } = paramsOf(endpoint, run);
  const { request } = http;
  const { tokens } = run.auth;
  const wearsToken = needsToken(endpoint, tokens);
  const mustLook = wearsToken && !run.tokenComesFirst;
  const { later } = run;
  const url = urlTemplate(run.baseUrl, endpoint.path);
  const fixed = fillHeaders === null ? fixedParts(endpoint, url) : null;
  const fixedUrl = fixed?.url ?? null;
  const fixedBody = fixed?.body ?? null;
  const { recordWell, recordFailed, results } = recorder(endpoint, run.asK6Checks);
  const watch = run.watch === null ? null : run.watch(endpoint, params);
  const skip = skipRecorder(endpoint);
  const takeRow = endpoint.data === null ? null : run.takerOf(endpoint.data);
  const isFilled = needs.length > 0 || filledColumns.length > 0;
  const isShown = watch !== null && watch.all === true;
  const began = watch?.began ?? null;
  let [sentUrl, sentBody] = [fixedUrl, fixedBody];
  if (wearsToken) {
    tokens.wear(params.headers);
  }
  // This runs for every request, and a variable that any function inside it caught would cost each of them an object.
  return (scope) => {
    if (takeRow !== null && !giveRow(scope, takeRow)) {
      watch?.left?.(`no row of ${endpoint.data.name} is left`);
      return null;
    }
    if (isFilled && !hasAll(scope)) {
      return null;
    }
    if (watch !== null && watch.asked !== 0) {
      watch.next();
    }
    if (began !== null) {
      began();
    }
    if (mustLook && tokens.isDue(clock())) {
      return sendLater(scope);
    }
    const response = fixedUrl === null ? send(scope) : request(method, fixedUrl, fixedBody, params);
    if (!recordWell(response, scope)) {
      return fail(response, scope, wearsToken);
    }
    if (isShown) {
      show(response, scope);
    }
    return response;
  };

  function hasAll(scope) {
    const missing = firstEmpty(filledColumns, scope.row) ?? firstMissing(needs, scope.data);
    if (missing === undefined) {
      return true;
    }
    skip(missing.text);
    watch?.left?.(`there is no value for "${missing.text}"`);
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

  function sendLater(scope) {
    later.promise = tokens.catchUp().then(() => {
      const response = take(send(scope), scope, true);
      return response === later ? later.promise : response;
    });
    return later;
  }

  function take(response, scope, mayRepeat) {
    if (!recordWell(response, scope)) {
      return fail(response, scope, mayRepeat);
    }
    if (isShown) {
      show(response, scope);
    }
    return response;
  }

  function fail(response, scope, mayRepeat) {
    if (mayRepeat && response.status === 401) {
      return repeat(response, scope);
    }
    recordFailed(response, scope);
    if (watch !== null) {
      show(response, scope);
    }
    return response;
  }

  // After a 401 it goes out once more, as it was, when there is another token.
  function repeat(refused, scope) {
    later.promise = tokens
      .replace(tokens.number)
      .then((replaced) => take(replaced ? request(method, sentUrl, sentBody, params) : refused, scope, false));
    return later;
  }

  function show(response, scope) {
    watch.took(response, scope, () => results(response));
  }
}

// Address and body of a request in which nothing changes; null for the others.
function fixedParts({ payload, query }, url) {
  const isFixed = url.fixed !== null && query.length === 0 && (payload === null || payload.fixed !== null);
  return isFixed ? { url: url.fixed, body: payload?.fixed ?? null } : null;
}

// An endpoint with an Authorization of its own, or one that is expected to be refused, needs no token.
function needsToken({ headers, expectedStatus }, tokens) {
  return tokens !== null && expectedStatus !== 401 && !headers.some(([header]) => header.toLowerCase() === 'authorization');
}

function paramsOf(endpoint, { auth, patienceMs }) {
  const { name, headers, payload, checks, extract, phase, expectedStatus } = endpoint;
  const typed = payload?.contentType ? [['Content-Type', payload.contentType]] : [];
  const merged = mergeHeaders(typed, auth.headers, headers);
  const changing = Object.entries(merged)
    .filter(([, value]) => typeof value !== 'string' && value.fixed === null)
    .map(([header, template]) => ({ header, template }));
  for (const [header, value] of Object.entries(merged)) {
    merged[header] = value.fixed ?? value;
  }
  const isBare = auth.tokens === null && Object.keys(merged).length === 0;
  const params = { ...(isBare ? {} : { headers: merged }), tags: { name, ...tagsOf(endpoint) }, ...travel(endpoint, patienceMs), ...expectation(expectedStatus) };
  if (phase !== '' || [...checks, ...extract].some(({ reads }) => reads !== '')) {
    params.responseType = 'text';
  }
  const fillHeaders = (scope) => {
    for (let index = 0; index < changing.length; index += 1) {
      merged[changing[index].header] = fillText(changing[index].template, scope, encodeHeader);
    }
  };
  return { params, fillHeaders: changing.length === 0 ? null : fillHeaders };
}

function travel({ timeoutMs, redirects }, patienceMs) {
  const timeout = timeoutMs ?? patienceMs;
  return { ...(timeout === null ? {} : { timeout }), ...(redirects === null ? {} : { redirects }) };
}

// With an expected status all others count as errors. A redirect on the way to it is not an error; and where the
// redirect itself is expected, following it would hide it.
function expectation(status) {
  if (status === undefined) {
    return {};
  }
  if (REDIRECTS.includes(status)) {
    return { responseCallback: http.expectedStatuses(status), redirects: 0 };
  }
  return { responseCallback: http.expectedStatuses(status, ...REDIRECTS) };
}
