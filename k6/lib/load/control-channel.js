// The control channel into a running k6: a secret source that queries the runner. Queries do not appear in any metric.
// k6 caches each response for all users. All queries of a period have the same key, so together they cause one request.

import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
import secrets from 'k6/secrets';

import { decodeWhitespace } from './whitespace.js';

const STATE_VERSION = 1;
const DEFAULT_PERIOD_MS = 1000;
const MIN_PERIOD_MS = 100;
// k6 sends every query that starts before the first response is cached. So one user polls first, and the others follow
// at random times. Both values are shares of a period.
const FOLLOWER_DELAY_SHARE = 0.1;
const FOLLOWER_JITTER_SHARE = 0.25;
const MAX_BACKOFF_MS = 3000;
const MAX_BACKOFF_STEPS = 5;
const clock = Date.now;

/**
 * Opens the channel whose secret source CHANNEL names; returns null without CHANNEL. state() is null until the runner
 * has responded.
 * @param {import('../types.js').Env} env
 * @returns {Promise<import('../types.js').ControlChannel | null>}
 */
export async function openChannel(env) {
  if (!env.CHANNEL) {
    return null;
  }
  const source = secrets.source(env.CHANNEL);
  const pollErrors = new Counter('ctl_poll_errors');
  let lastText = '';
  /** @type {import('../types.js').ControlState | null} */
  let state = null;
  let polledAt = 0;
  let nextPollAt = 0;
  let failures = 0;
  let isLeader = null;

  try {
    update(await source.get('ctl.boot'));
    nextPollAt = state.nowMs + state.periodMs * (1 + randomDelayShare());
  } catch {
    state = null; // the first poll tries again
  }

  return {
    state: () => state,
    nextPollAt: () => nextPollAt,
    get: (key) => source.get(key),
    delayMs: () => delayShare() * (state?.periodMs ?? DEFAULT_PERIOD_MS),
    isDue: (now) => now >= nextPollAt || now < polledAt, // the clock may have been set back
    poll,
  };

  function update(text) {
    if (text !== lastText) {
      state = readState(text);
      lastText = text;
    }
  }

  // Cached, because asking k6 for the user's number costs as much as a query.
  function delayShare() {
    isLeader ??= exec.vu.idInTest === 1;
    return isLeader ? 0 : randomDelayShare();
  }

  // Every user polls once per period. This is a plain promise chain because an async function costs k6's engine more.
  function poll() {
    const period = state?.periodMs ?? DEFAULT_PERIOD_MS;
    polledAt = clock();
    const bucket = Math.floor(polledAt / period);
    return source.get(`ctl.${period}.${bucket}`).then((text) => onResponse(text, bucket * period), onFailure);
  }

  function onResponse(text, periodStart) {
    try {
      update(text);
      nextPollAt = periodStart + state.periodMs * (1 + delayShare());
      failures = 0;
    } catch {
      onFailure(); // the response is not a control state
    }
  }

  function onFailure() {
    pollErrors.add(1);
    failures = Math.min(failures + 1, MAX_BACKOFF_STEPS);
    nextPollAt = clock() + Math.min(MAX_BACKOFF_MS, 200 * 2 ** failures) * (0.5 + Math.random() / 2);
  }
}

function randomDelayShare() {
  return FOLLOWER_DELAY_SHARE + Math.random() * FOLLOWER_JITTER_SHARE;
}

/**
 * Throws if the text is not a control state: another program that listens on the runner's port must not steer the run.
 * @param {string} text
 * @returns {import('../types.js').ControlState}
 */
function readState(text) {
  const { v, p, t, f, e, n, d, m } = JSON.parse(decodeWhitespace(text)) ?? {};
  if (v !== STATE_VERSION || typeof p !== 'boolean' || !(n >= MIN_PERIOD_MS)) {
    throw new Error('not a control state');
  }
  return { isPaused: p, users: t, share: f, tokenNumber: e, periodMs: n, drainId: d ?? 0, nowMs: m };
}
