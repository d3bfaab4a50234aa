// An endpoint to a function that sends its request and records its checks. All that does not change from request to
// request is made once per virtual user.

import http from 'k6/http';

import { mergeHeaders } from './headers.js';
import { checkRecorder } from './metrics.js';
import { joinUrl } from './url.js';

const REDIRECTS = [301, 302, 303, 307, 308];

// `run` is what holds for all requests: {baseUrl, authHeaders, asK6Checks}.
export function prepareRequest(endpoint, run) {
  const { name, group, method, body, checks } = endpoint;
  const url = joinUrl(run.baseUrl, endpoint.path);
  const typed = endpoint.bodyType === null ? [] : [['Content-Type', endpoint.bodyType]];
  const params = {
    headers: mergeHeaders(typed, run.authHeaders, endpoint.headers),
    tags: { name, op: name, group },
    ...expectation(endpoint.expectedStatus),
  };
  if (checks.some(({ reads }) => reads !== '')) {
    params.responseType = 'text';
  }
  const send = () => http.request(method, url, body, params);
  if (checks.length === 0) {
    return send;
  }
  const record = checkRecorder(name, group, checks, run.asK6Checks);
  return () => record(send());
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
