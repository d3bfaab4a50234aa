// The token of the moment, in the headers that `wear(headers)` was called with. `isDue(now)` is asked before a request
// or before the iteration that it belongs to: only then `catchUp()` is awaited. After a 401 `replace(number)` says whether
// there is another token than the one with that number by now.

import { sleep } from 'k6';
import http from 'k6/http';

import { readToken } from './token-order.js';

const QUIET_MS = 5_000;
const AGAIN_S = 0.2;
const REFUSED = /status code (404|409)/;
const PATIENCE_MS = 10_000;
const TAGS = { name: 'token', op: 'token', group: 'auth' };

// For a k6 that runs alone: every virtual user gets a token of its own and renews it.
export function ownTokens(order, first, renews) {
  const { put, wear } = wardrobe();
  const tokens = { number: first === '' ? 0 : 1, isDue, catchUp, replace, wear };
  let token = first;
  let dueAt = first === '' ? 0 : Infinity;
  let quietUntil = 0;
  if (first !== '') {
    put(first);
  }

  function isDue(now) {
    return tokens.number === 0 || now >= dueAt;
  }

  function ask() {
    const { method, url, body, headers } = order.request(token);
    const response = http.request(method, url, body, { headers, redirects: 0, responseType: 'text', tags: TAGS, timeout: PATIENCE_MS });
    if (response.status === 0) {
      throw new Error(`the token server does not answer: ${response.error}`);
    }
    return readToken(order, response.status, jsonOrNull(response));
  }

  async function catchUp() {
    if (tokens.number === 0 && Date.now() < quietUntil) {
      sleep((quietUntil - Date.now()) / 1000);
    }
    try {
      const found = ask();
      token = found.token;
      put(token);
      tokens.number += 1;
      dueAt = renews && found.renewInS !== null ? Date.now() + found.renewInS * 1000 : Infinity;
    } catch (error) {
      quietUntil = Date.now() + QUIET_MS;
      dueAt = quietUntil;
      if (tokens.number === 0) {
        throw error; // without a first token there is nothing to send
      }
      console.warn(`No fresh token: ${error.message}`);
    }
  }

  async function replace(number) {
    if (tokens.number === number && renews && Date.now() >= quietUntil) {
      await catchUp();
      quietUntil = Math.max(quietUntil, Date.now() + 1000);
    }
    return tokens.number !== number;
  }

  return tokens;
}

// For a k6 that was started with a channel: all users share the token that the other side of it got. The channel's state
// tells the number of the newest one.
export async function channelTokens(channel) {
  const { put, wear } = wardrobe();
  const tokens = { number: 0, isDue, catchUp, replace, wear };
  let quietUntil = 0;
  if (newest() > 0) {
    await fetch(newest()).catch(() => undefined); // the first request will tell
  }
  return tokens;

  function isDue(now) {
    return tokens.number === 0 || (now >= quietUntil && (channel.due(now) || newest() > tokens.number));
  }

  function newest() {
    return channel.state()?.e ?? 0;
  }

  async function catchUp() {
    if (channel.due(Date.now())) {
      await channel.poll();
    }
    const wanted = Math.max(newest(), 1);
    if (wanted > tokens.number && !(await take(wanted)) && tokens.number === 0) {
      sleep(AGAIN_S);
      throw new Error('there is no token: whoever started k6 gives none');
    }
  }

  async function replace(number) {
    if (tokens.number === number && Date.now() >= quietUntil) {
      if (channel.due(Date.now())) {
        await channel.poll();
      }
      await take(Math.max(newest(), number + 1));
    }
    return tokens.number !== number;
  }

  async function fetch(number) {
    put(await channel.get(`tok.${number}`));
    tokens.number = number;
  }

  // Waits while the token is on its way; whoever was refused asks no more for a while.
  async function take(number) {
    const until = Date.now() + PATIENCE_MS;
    while (Date.now() < until) {
      try {
        await fetch(number);
        return true;
      } catch (error) {
        if (REFUSED.test(String(error))) {
          break;
        }
      }
      sleep(AGAIN_S * (0.5 + Math.random()));
    }
    quietUntil = Date.now() + QUIET_MS;
    return false;
  }
}

// The headers of all requests that need a token. It is put into them when there is a new one, not for each request.
function wardrobe() {
  const worn = [];
  let header = null;
  return {
    put(token) {
      header = `Bearer ${token}`;
      worn.forEach((headers) => Object.assign(headers, { Authorization: header }));
    },
    wear(headers) {
      worn.push(headers);
      if (header !== null) {
        headers.Authorization = header;
      }
    },
  };
}

function jsonOrNull(response) {
  try {
    return response.json();
  } catch {
    return null;
  }
}
