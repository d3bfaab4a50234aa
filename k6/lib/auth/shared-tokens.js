// Tokens for a run with a control channel: the runner requests one token for all users. The channel's state contains
// the number of the newest token.

import { sleep } from 'k6';

import { headerRegistry } from './header-registry.js';

const RETRY_DELAY_MS = 5_000;
const POLL_INTERVAL_S = 0.2;
const TOKEN_TIMEOUT_MS = 10_000;
const UNAVAILABLE_STATUS = /status code (404|409)/;

/**
 * @param {import('../types.js').ControlChannel} channel
 * @returns {Promise<import('../types.js').Tokens>}
 */
export async function sharedTokens(channel) {
  const { setToken, attach } = headerRegistry();
  const tokens = { number: 0, isDue, refresh, replace, attach };
  let retryAt = 0;
  if (newestNumber() > 0) {
    await fetchToken(newestNumber()).catch(() => undefined); // the first request tries again
  }
  return tokens;

  function isDue(now) {
    return tokens.number === 0 || (now >= retryAt && (channel.isDue(now) || newestNumber() > tokens.number));
  }

  function newestNumber() {
    return channel.state()?.tokenNumber ?? 0;
  }

  async function refresh() {
    if (channel.isDue(Date.now())) {
      await channel.poll();
    }
    const newest = Math.max(newestNumber(), 1);
    if (newest > tokens.number && !(await waitForToken(newest)) && tokens.number === 0) {
      sleep(POLL_INTERVAL_S);
      throw new Error('no token: the runner could not provide one. The events of the run give the reason.');
    }
  }

  async function replace(number) {
    if (tokens.number === number && Date.now() >= retryAt) {
      if (channel.isDue(Date.now())) {
        await channel.poll();
      }
      await waitForToken(Math.max(newestNumber(), number + 1));
    }
    return tokens.number !== number;
  }

  async function fetchToken(number) {
    setToken(await channel.get(`tok.${number}`));
    tokens.number = number;
  }

  // Polls while the runner requests the token. If none is available, this user does not ask again for a while.
  async function waitForToken(number) {
    const deadline = Date.now() + TOKEN_TIMEOUT_MS;
    while (Date.now() < deadline) {
      try {
        await fetchToken(number);
        return true;
      } catch (error) {
        if (UNAVAILABLE_STATUS.test(String(error))) {
          break;
        }
      }
      sleep(POLL_INTERVAL_S * (0.5 + Math.random()));
    }
    retryAt = Date.now() + RETRY_DELAY_MS;
    return false;
  }
}
