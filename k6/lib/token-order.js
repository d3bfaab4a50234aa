// Which request gets a token, and how its answer is read. The same rules as dashboard/runs/start/token_request.py and
// dashboard/runner/tokens/response.py, for runs that k6 makes alone. Pure.

import { checkHeader } from './headers.js';

const TOKEN_PATHS = ['access_token', 'token'];
const FORM = 'application/x-www-form-urlencoded';
const SHARE_OF_LIFE = 0.6;
const LEAST_LIFE_S = 2;

// {request(token), tokenPath, expiresPath, intervalS}; `source` is keycloak or bearer_endpoint.
export function tokenOrder(values, source, base64) {
  const intervalS = values.AUTH_REFRESH_INTERVAL ? Number(values.AUTH_REFRESH_INTERVAL) : null;
  if (intervalS !== null && !(intervalS >= 1)) {
    throw new Error('AUTH_REFRESH_INTERVAL: must be a number of seconds from 1');
  }
  return {
    request: source === 'keycloak' ? keycloak(values) : ownEndpoint(values, base64),
    tokenPath: values.AUTH_TOKEN_PATH || '',
    expiresPath: values.AUTH_EXPIRES_PATH || 'expires_in',
    intervalS,
  };
}

// {token, renewInS} of an answer's status and JSON; throws what is wrong with it.
export function readToken(order, status, json) {
  if (status < 200 || status > 299) {
    const said = [json?.error, json?.error_description].filter((part) => typeof part === 'string').join(': ');
    throw new Error(`the token server answers ${status}${said === '' ? '' : ` (${said.slice(0, 200)})`}`);
  }
  const paths = order.tokenPath === '' ? TOKEN_PATHS : [order.tokenPath];
  const token = paths.map((path) => at(json, path)).find((found) => found !== undefined && found !== null);
  if (typeof token !== 'string' || token.trim() === '') {
    throw new Error(`the token server's answer has no text at ${paths.join(' or ')}`);
  }
  return { token: checkHeader('Authorization', token.trim(), 'token'), renewInS: renewIn(order, at(json, order.expiresPath)) };
}

// A life of 0 says nothing; null: only when the token is refused.
function renewIn({ intervalS }, lifeS) {
  if (intervalS !== null) {
    return intervalS;
  }
  return Number(lifeS) > 0 ? Math.max(LEAST_LIFE_S, Number(lifeS)) * SHARE_OF_LIFE : null;
}

function at(json, path) {
  return path.split('.').reduce((value, part) => (value && typeof value === 'object' ? value[part] : undefined), json);
}

function keycloak(values) {
  const url = `${address(values.AUTH_HOST, 'AUTH_HOST')}/realms/${encodeURIComponent(values.AUTH_REALM)}/protocol/openid-connect/token`;
  const body = clientForm(values);
  return () => ({ method: 'POST', url, body, headers: { 'Content-Type': FORM } });
}

function ownEndpoint(values, base64) {
  const endpoint = values.AUTH_REFRESH_ENDPOINT;
  const base = endpoint.startsWith('/') ? (values.BASE_URL ?? '').replace(/\/+$/, '') : '';
  const url = address(base + endpoint, 'AUTH_REFRESH_ENDPOINT');
  const method = (values.AUTH_REFRESH_METHOD || 'POST').toUpperCase();
  const headers = readHeaders(values.AUTH_REFRESH_HEADERS ?? '');
  const given = Object.keys(headers).map((name) => name.toLowerCase());
  const client = values.AUTH_CLIENT_ID && values.AUTH_CLIENT_SECRET && method !== 'GET' ? clientForm(values) : null;
  const body = values.AUTH_REFRESH_BODY || client;
  if (body && !given.includes('content-type')) {
    headers['Content-Type'] = /^\s*[[{]/.test(body) ? 'application/json' : FORM;
  }
  if (values.AUTH_BASIC_USER && !values.AUTH_TOKEN && !given.includes('authorization')) {
    headers.Authorization = `Basic ${base64(`${values.AUTH_BASIC_USER}:${values.AUTH_BASIC_PASS ?? ''}`)}`;
  }
  return (token) => ({
    method,
    url,
    body: body === null ? null : body.replaceAll('@TOKEN@', token),
    headers: values.AUTH_TOKEN && !given.includes('authorization') ? { ...headers, Authorization: `Bearer ${token}` } : headers,
  });
}

function readHeaders(text) {
  const headers = {};
  for (const line of text.split(/\r?\n/).filter((one) => one.trim() !== '')) {
    const [, name, value] = /^\s*([^:]+?)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) {
      throw new Error('AUTH_REFRESH_HEADERS: must be lines of the form Name: value');
    }
    headers[name] = checkHeader(name, value, 'AUTH_REFRESH_HEADERS');
  }
  return headers;
}

function clientForm(values) {
  const part = (name, value) => `${name}=${encodeURIComponent(value)}`;
  return `grant_type=client_credentials&${part('client_id', values.AUTH_CLIENT_ID)}&${part('client_secret', values.AUTH_CLIENT_SECRET)}`;
}

function address(text, name) {
  if (!/^https?:\/\/[^\s/?#@]+[^\s#]*$/.test(text)) {
    throw new Error(`${name}: must be an address such as https://sso.example.com`);
  }
  return text.replace(/\/+$/, '');
}
