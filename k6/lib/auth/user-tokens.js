// Tokens for k6 without a dashboard: every virtual user gets its own token and refreshes it.

import { sleep } from 'k6';
import http from 'k6/http';

import { headerRegistry } from './header-registry.js';
import { readToken } from './token-request.js';

const RETRY_DELAY_MS = 5_000;
const MIN_REPLACE_INTERVAL_MS = 1_000;
const REQUEST_TIMEOUT_MS = 10_000;
const TOKEN_REQUEST_TAGS = { name: 'token', op: 'token', group: 'auth' };

/**
 * @param {import('../types.js').TokenRequest} tokenRequest
 * @param {string} firstToken '' if the first token must be requested
 * @param {boolean} canRefresh
 * @returns {import('../types.js').Tokens}
 */
export function userTokens(tokenRequest, firstToken, canRefresh) {
  const hasFirst = firstToken !== '';
  const { setToken, attach } = headerRegistry();
  const tokens = { number: hasFirst ? 1 : 0, isDue, refresh, replace, attach };
  let token = firstToken;
  let dueAt = hasFirst ? Infinity : 0;
  let retryAt = 0;
  if (hasFirst) {
    setToken(firstToken);
  }
  return tokens;

  function isDue(now) {
    return tokens.number === 0 || now >= dueAt;
  }

  function fetchToken() {
    const { method, url, body, headers } = tokenRequest.request(token);
    const params = { headers, redirects: 0, tags: TOKEN_REQUEST_TAGS, timeout: REQUEST_TIMEOUT_MS };
    const response = http.request(method, url, body, { ...params, responseType: 'text' });
    if (response.status === 0) {
      throw new Error(`no response from the token server: ${response.error}`);
    }
    return readToken(tokenRequest, response.status, jsonOrNull(response));
  }

  async function refresh() {
    if (tokens.number === 0 && Date.now() < retryAt) {
      sleep((retryAt - Date.now()) / 1000);
    }
    try {
      const fetched = fetchToken();
      token = fetched.token;
      setToken(token);
      tokens.number += 1;
      dueAt = canRefresh && fetched.refreshInS !== null ? Date.now() + fetched.refreshInS * 1000 : Infinity;
    } catch (error) {
      retryAt = Date.now() + RETRY_DELAY_MS;
      dueAt = retryAt;
      if (tokens.number === 0) {
        throw error; // without a first token no request can be sent
      }
      console.warn(`Token refresh failed: ${error.message}`);
    }
  }

  async function replace(number) {
    if (tokens.number === number && canRefresh && Date.now() >= retryAt) {
      await refresh();
      retryAt = Math.max(retryAt, Date.now() + MIN_REPLACE_INTERVAL_MS);
    }
    return tokens.number !== number;
  }
}

function jsonOrNull(response) {
  try {
    return response.json();
  } catch {
    return null;
  }
}
