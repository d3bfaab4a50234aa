// Network settings: for the whole run, and the few that an endpoint can override.

import { limits } from '../common/shared.js';
import { assertValid, isSet, readBoolean, readDuration, readObject, rejectUnknownFields } from '../common/validate.js';

/** @typedef {import('../types.js').Network} Network */

const FIELDS = ['timeout', 'redirects', 'verify_tls', 'reuse_connections', 'hosts'];
const RUN_FIELDS = ['proxy', 'ca_certificate', 'client_certificate', 'client_key'];
const RUN_ONLY_MESSAGE = 'k6 supports this only for a whole run. Set it when you start the run.';
const TOP_LEVEL_ONLY_MESSAGE = 'k6 supports this only for a whole run. Set it in "network" at the top of the file.';
const ENVIRONMENT_ONLY_MESSAGE =
  "cannot be set here. Set HTTPS_PROXY, SSL_CERT_FILE, CLIENT_CERTIFICATE_FILE or CLIENT_KEY_FILE in k6's environment.";
const CLOSE_INSTEAD_MESSAGE = `${TOP_LEVEL_ONLY_MESSAGE} To close the connection after this request, use "close_connection": true.`;
const HOST_MESSAGE = 'must be a host name such as "shop.test", "*.shop.test" or "shop.test:8443"';
const ADDRESS_MESSAGE = 'must be an address such as "10.0.0.1", "10.0.0.1:8443" or "[fd00::1]:443"';

const LABEL = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?'; // k6 refuses names with _ here
const NAME = new RegExp(`^(\\*\\.)?${LABEL}(\\.${LABEL})*(:\\d{1,5})?$`);
const IPV4 = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}';
const IPV6 = '[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*'; // k6 validates it completely
const ADDRESS = new RegExp(`^(${IPV4}(:\\d{1,5})?|${IPV6}|\\[${IPV6}\\](:\\d{1,5})?)$`);

const MAX_HOSTS = limits.document.max_hosts;
const MIN_TIMEOUT_MS = limits.document.min_timeout_ms;
const MAX_TIMEOUT_MS = limits.document.max_timeout_ms;
const MAX_REDIRECTS = limits.document.max_redirects;

/** @type {Network} */
const DEFAULTS = {
  timeoutMs: null,
  redirects: null,
  options: { insecureSkipTLSVerify: false, noConnectionReuse: false, hosts: {} },
};

/**
 * Returns the timeout and redirects of requests that do not set their own, and k6's options. A missing field gets its
 * value from `fallback`: the settings of a run fall back to those of the document, and those to the defaults.
 * @param {any} network
 * @param {string} field
 * @param {Network} fallback
 * @returns {Network}
 */
export function compileNetwork(network, field, fallback = DEFAULTS) {
  const settings = isSet(network) ? readObject(network, field) : {};
  for (const key of RUN_FIELDS) {
    assertValid(
      !(key in settings),
      `${field}.${key}`,
      field === 'network' ? RUN_ONLY_MESSAGE : ENVIRONMENT_ONLY_MESSAGE,
    );
  }
  rejectUnknownFields(settings, FIELDS, `${field}.`);
  const { options } = fallback;
  const { verify_tls: verify, reuse_connections: reuse, hosts } = settings;
  return {
    ...readRequestNetwork(settings, field, fallback),
    options: {
      insecureSkipTLSVerify: !readBoolean(verify, `${field}.verify_tls`, !options.insecureSkipTLSVerify),
      noConnectionReuse: !readBoolean(reuse, `${field}.reuse_connections`, !options.noConnectionReuse),
      hosts: { ...options.hosts, ...readHosts(hosts, `${field}.hosts`) },
    },
  };
}

/**
 * Rejects settings that k6 supports only for a whole run, with an error that names the place to set them.
 * @param {object} request
 * @param {string} field
 */
export function rejectRunSettings(request, field) {
  for (const key of RUN_FIELDS) {
    assertValid(!(key in request), `${field}.${key}`, RUN_ONLY_MESSAGE);
  }
  for (const key of ['verify_tls', 'hosts']) {
    assertValid(!(key in request), `${field}.${key}`, TOP_LEVEL_ONLY_MESSAGE);
  }
  assertValid(!('reuse_connections' in request), `${field}.reuse_connections`, CLOSE_INSTEAD_MESSAGE);
}

/**
 * Returns the headers of a request. close_connection becomes a Connection header, which both k6 and servers obey.
 * @param {any} request
 * @param {string} field
 * @returns {Record<string, any>}
 */
export function requestHeaders({ headers, close_connection: closes }, field) {
  const defined = isSet(headers) ? readObject(headers, `${field}.headers`) : {};
  if (!readBoolean(closes, `${field}.close_connection`)) {
    return defined;
  }
  const hasConnection = Object.keys(defined).some((name) => name.toLowerCase() === 'connection');
  assertValid(!hasConnection, `${field}.close_connection`, 'cannot be combined with a Connection header');
  return { ...defined, Connection: 'close' };
}

function readHosts(hosts, field) {
  if (!isSet(hosts)) {
    return {};
  }
  const entries = Object.entries(readObject(hosts, field));
  assertValid(entries.length <= MAX_HOSTS, field, `must have at most ${MAX_HOSTS} names`);
  for (const [name, address] of entries) {
    assertValid(NAME.test(name), `${field}.${name}`, HOST_MESSAGE);
    assertValid(typeof address === 'string' && ADDRESS.test(address), `${field}.${name}`, ADDRESS_MESSAGE);
  }
  return hosts;
}

/**
 * Returns the timeout and redirects of a request, or those of the run. Null stands for k6's default: 60 s and 10.
 * @param {any} settings
 * @param {string} field
 * @param {{timeoutMs: number | null, redirects: number | null}} fallback
 */
export function readRequestNetwork({ timeout, redirects }, field, fallback) {
  return {
    timeoutMs: isSet(timeout) ? readTimeout(timeout, `${field}.timeout`) : fallback.timeoutMs,
    redirects: isSet(redirects) ? readRedirects(redirects, `${field}.redirects`) : fallback.redirects,
  };
}

function readTimeout(timeout, field) {
  const milliseconds = readDuration(timeout, field);
  const isInRange = milliseconds >= MIN_TIMEOUT_MS && milliseconds <= MAX_TIMEOUT_MS;
  assertValid(isInRange, field, `must be from ${MIN_TIMEOUT_MS} ms to ${MAX_TIMEOUT_MS / 1000} s`);
  return milliseconds;
}

function readRedirects(redirects, field) {
  const isInRange = Number.isInteger(redirects) && redirects >= 0 && redirects <= MAX_REDIRECTS;
  assertValid(isInRange, field, `must be a whole number from 0 to ${MAX_REDIRECTS}`);
  return redirects;
}
