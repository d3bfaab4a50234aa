// How requests travel: for the whole run, and where an endpoint says otherwise.

import { isGiven, readDuration, readObject, refuseUnknown, refuseUnless } from './reading.js';

const FIELDS = ['timeout', 'redirects', 'verify_tls', 'reuse_connections'];
const MOST_TIMEOUT_MS = 600_000;
const MOST_REDIRECTS = 50;

// {timeoutMs, redirects} for requests that do not say their own, and k6's `options`.
export function compileNetwork(network, place) {
  const wanted = isGiven(network) ? readObject(network, place) : {};
  refuseUnknown(wanted, FIELDS, `${place}.`);
  for (const field of ['verify_tls', 'reuse_connections']) {
    refuseUnless(!isGiven(wanted[field]) || typeof wanted[field] === 'boolean', `${place}.${field}`, 'must be true or false');
  }
  return {
    ...readTravel(wanted, place, { timeoutMs: null, redirects: null }),
    options: {
      insecureSkipTLSVerify: wanted.verify_tls === false,
      noConnectionReuse: wanted.reuse_connections === false,
    },
  };
}

// The `timeout` and `redirects` of a request, or else those of the run; null leaves them to k6 (60 s, 10).
export function readTravel({ timeout, redirects }, place, otherwise) {
  return {
    timeoutMs: isGiven(timeout) ? readTimeout(timeout, `${place}.timeout`) : otherwise.timeoutMs,
    redirects: isGiven(redirects) ? readRedirects(redirects, `${place}.redirects`) : otherwise.redirects,
  };
}

function readTimeout(timeout, place) {
  const milliseconds = readDuration(timeout, place);
  const fits = milliseconds >= 1 && milliseconds <= MOST_TIMEOUT_MS;
  refuseUnless(fits, place, `must be from 1 ms to ${MOST_TIMEOUT_MS / 1000} s`);
  return milliseconds;
}

function readRedirects(redirects, place) {
  const fits = Number.isInteger(redirects) && redirects >= 0 && redirects <= MOST_REDIRECTS;
  refuseUnless(fits, place, `must be a whole number from 0 to ${MOST_REDIRECTS}`);
  return redirects;
}
