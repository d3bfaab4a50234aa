// How requests travel: for the whole run, and where an endpoint says otherwise.

import { isGiven, readDuration, readObject, refuseUnknown, refuseUnless } from './reading.js';

const FIELDS = ['timeout', 'redirects', 'verify_tls', 'reuse_connections', 'hosts'];
const OF_RUNS = ['proxy', 'ca_certificate', 'client_certificate', 'client_key'];
const AT_START = 'k6 knows this for a whole run only: say it when the run is started';
const AT_TOP = 'k6 knows this for a whole run only: say it in "network" at the top of the file';
const AROUND = 'is told k6 itself: HTTPS_PROXY, SSL_CERT_FILE, CLIENT_CERTIFICATE_FILE and CLIENT_KEY_FILE of its environment';
const OR_CLOSE = `${AT_TOP}, or end the connection of this request with "close_connection": true`;
const MOST_HOSTS = 100;
const LABEL = '[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
const NAME = new RegExp(`^(\\*\\.)?${LABEL}(\\.${LABEL})*(:\\d{1,5})?$`);
const V4 = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}';
const V6 = '[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*'; // k6 looks closer
const ADDRESS = new RegExp(`^(${V4}(:\\d{1,5})?|${V6}|\\[${V6}\\](:\\d{1,5})?)$`);
const AS_USUAL = { timeoutMs: null, redirects: null, options: { insecureSkipTLSVerify: false, noConnectionReuse: false, hosts: {} } };
const MOST_TIMEOUT_MS = 600_000;
const MOST_REDIRECTS = 50;

// {timeoutMs, redirects} for requests that do not say their own, and k6's `options`. What is not said here is as in
// `otherwise`: of the file, or as usual.
export function compileNetwork(network, place, otherwise = AS_USUAL) {
  const wanted = isGiven(network) ? readObject(network, place) : {};
  for (const field of OF_RUNS) {
    refuseUnless(!(field in wanted), `${place}.${field}`, place === 'network' ? AT_START : AROUND);
  }
  refuseUnknown(wanted, FIELDS, `${place}.`);
  const { options } = otherwise;
  return {
    ...readTravel(wanted, place, otherwise),
    options: {
      insecureSkipTLSVerify: !readFlag(wanted.verify_tls, `${place}.verify_tls`, !options.insecureSkipTLSVerify),
      noConnectionReuse: !readFlag(wanted.reuse_connections, `${place}.reuse_connections`, !options.noConnectionReuse),
      hosts: { ...options.hosts, ...readHosts(wanted.hosts, `${place}.hosts`) },
    },
  };
}

// What nobody can say of a single request is more than unknown there.
export function refuseOfRuns(request, place) {
  for (const field of OF_RUNS) {
    refuseUnless(!(field in request), `${place}.${field}`, AT_START);
  }
  for (const field of ['verify_tls', 'hosts']) {
    refuseUnless(!(field in request), `${place}.${field}`, AT_TOP);
  }
  refuseUnless(!('reuse_connections' in request), `${place}.reuse_connections`, OR_CLOSE);
}

// The headers of a request. One whose connection carries no further request says so in the header that k6 and servers obey.
export function headersToSend({ headers, close_connection: closes }, place) {
  const own = isGiven(headers) ? readObject(headers, `${place}.headers`) : {};
  if (!readFlag(closes, `${place}.close_connection`, false)) {
    return own;
  }
  const said = Object.keys(own).some((name) => name.toLowerCase() === 'connection');
  refuseUnless(!said, `${place}.close_connection`, 'cannot go together with a Connection header');
  return { ...own, Connection: 'close' };
}

// NETWORK of the run: the same fields as `network` of endpoints.json.
export function parseNetwork(text) {
  if (text === undefined || text === '') {
    return null;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`NETWORK: is not JSON: ${error.message}`);
  }
}

function readFlag(value, place, otherwise) {
  refuseUnless(!isGiven(value) || typeof value === 'boolean', place, 'must be true or false');
  return value ?? otherwise;
}

function readHosts(hosts, place) {
  if (!isGiven(hosts)) {
    return {};
  }
  const named = Object.entries(readObject(hosts, place));
  refuseUnless(named.length <= MOST_HOSTS, place, `must be at most ${MOST_HOSTS} names`);
  for (const [name, address] of named) {
    refuseUnless(NAME.test(name), `${place}.${name}`, 'must be names such as "shop.test", "*.shop.test" or "shop.test:8443"');
    const fits = typeof address === 'string' && ADDRESS.test(address);
    refuseUnless(fits, `${place}.${name}`, 'must be an address such as "10.0.0.1", "10.0.0.1:8443" or "[fd00::1]:443"');
  }
  return hosts;
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
