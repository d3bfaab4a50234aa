// The request for a token and the parsing of its response, for k6 without a dashboard. Pure. The dashboard applies the
// same rules in dashboard/runs/start/token_request.py and dashboard/runner/tokens/.

import { checkHeader } from '../common/headers.js';

const TOKEN_PATHS = ['access_token', 'token'];
const FORM_CONTENT_TYPE = 'application/x-www-form-urlencoded';
const REFRESH_AFTER_SHARE = 0.6; // of a token's lifetime
const MIN_LIFETIME_S = 2;

/**
 * @param {import('./modes.js').AuthSettings} settings
 * @param {string} source keycloak or bearer_endpoint
 * @param {(text: string) => string} base64
 * @returns {import('../types.js').TokenRequest}
 */
export function tokenRequest(settings, source, base64) {
  const intervalS = settings.AUTH_REFRESH_INTERVAL ? Number(settings.AUTH_REFRESH_INTERVAL) : null;
  if (intervalS !== null && !(intervalS >= 1)) {
    throw new Error('AUTH_REFRESH_INTERVAL: must be a number of seconds, at least 1');
  }
  return {
    request: source === 'keycloak' ? keycloakRequest(settings) : endpointRequest(settings, base64),
    tokenPath: settings.AUTH_TOKEN_PATH || '',
    expiresPath: settings.AUTH_EXPIRES_PATH || 'expires_in',
    intervalS,
  };
}

/**
 * Reads the token out of a response. Throws an error that describes an unusable response.
 * @param {import('../types.js').TokenRequest} request
 * @param {number} status
 * @param {any} json
 */
export function readToken(request, status, json) {
  if (status < 200 || status > 299) {
    const reason = [json?.error, json?.error_description].filter((part) => typeof part === 'string').join(': ');
    throw new Error(`the token server responded with ${status}${reason === '' ? '' : ` (${reason.slice(0, 200)})`}`);
  }
  const paths = request.tokenPath === '' ? TOKEN_PATHS : [request.tokenPath];
  const token = paths.map((path) => valueAt(json, path)).find((value) => value !== undefined && value !== null);
  if (typeof token !== 'string' || token.trim() === '') {
    throw new Error(`the token server's response has no string at ${paths.join(' or ')}`);
  }
  return {
    token: checkHeader('Authorization', token.trim(), 'token'),
    refreshInS: refreshDelay(request, valueAt(json, request.expiresPath)),
  };
}

// Returns null if the token is refreshed only after a 401: the server sent no lifetime, or 0.
function refreshDelay({ intervalS }, lifetimeS) {
  if (intervalS !== null) {
    return intervalS;
  }
  return Number(lifetimeS) > 0 ? Math.max(MIN_LIFETIME_S, Number(lifetimeS)) * REFRESH_AFTER_SHARE : null;
}

function valueAt(json, path) {
  const keys = path.replace(/^\$\./, '').split('.'); // $.data.token means the same as data.token
  return keys.reduce((value, key) => (value && typeof value === 'object' ? value[key] : undefined), json);
}

function keycloakRequest(settings) {
  const host = checkUrl(settings.AUTH_HOST, 'AUTH_HOST');
  const url = `${host}/realms/${encodeURIComponent(settings.AUTH_REALM)}/protocol/openid-connect/token`;
  const body = clientCredentials(settings);
  return () => ({ method: 'POST', url, body, headers: { 'Content-Type': FORM_CONTENT_TYPE } });
}

function endpointRequest(settings, base64) {
  const endpoint = settings.AUTH_REFRESH_ENDPOINT;
  const base = endpoint.startsWith('/') ? (settings.BASE_URL ?? '').replace(/\/+$/, '') : '';
  const url = checkUrl(base + endpoint, 'AUTH_REFRESH_ENDPOINT');
  const method = (settings.AUTH_REFRESH_METHOD || 'POST').toUpperCase();
  const headers = readHeaders(settings.AUTH_REFRESH_HEADERS ?? '');
  const headerNames = Object.keys(headers).map((name) => name.toLowerCase());
  const hasClient = settings.AUTH_CLIENT_ID && settings.AUTH_CLIENT_SECRET && method !== 'GET';
  const body = settings.AUTH_REFRESH_BODY || (hasClient ? clientCredentials(settings) : null);
  if (body && !headerNames.includes('content-type')) {
    headers['Content-Type'] = /^\s*[[{]/.test(body) ? 'application/json' : FORM_CONTENT_TYPE;
  }
  const needsAuthorization = !headerNames.includes('authorization');
  if (settings.AUTH_BASIC_USER && !settings.AUTH_TOKEN && needsAuthorization) {
    headers.Authorization = `Basic ${base64(`${settings.AUTH_BASIC_USER}:${settings.AUTH_BASIC_PASS ?? ''}`)}`;
  }
  return (token) => ({
    method,
    url,
    body: body === null ? null : body.replaceAll('@TOKEN@', token),
    headers: settings.AUTH_TOKEN && needsAuthorization ? { ...headers, Authorization: `Bearer ${token}` } : headers,
  });
}

function readHeaders(text) {
  /** @type {Record<string, string>} */
  const headers = {};
  for (const line of text.split(/\r?\n/).filter((one) => one.trim() !== '')) {
    const [, name, value] = /^\s*([^:]+?)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) {
      throw new Error('AUTH_REFRESH_HEADERS: every line must have the form "Name: value"');
    }
    headers[name] = checkHeader(name, value, 'AUTH_REFRESH_HEADERS');
  }
  return headers;
}

function clientCredentials(settings) {
  const id = encodeURIComponent(settings.AUTH_CLIENT_ID);
  return `grant_type=client_credentials&client_id=${id}&client_secret=${encodeURIComponent(settings.AUTH_CLIENT_SECRET)}`;
}

function checkUrl(text, name) {
  if (!/^https?:\/\/[^\s/?#@]+[^\s#]*$/.test(text)) {
    throw new Error(`${name}: must be a URL such as https://sso.example.com`);
  }
  return text.replace(/\/+$/, '');
}
