// The way into a running k6: a secret source that asks the runner. It leaves no trace in any metric, and k6 keeps each
// answer for all users, so a key for each period of time makes one request of all their questions.

import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
import secrets from 'k6/secrets';

import { decodeBlanks } from './blanks.js';

const PERIOD_MS = 1000;
const LEAST_PERIOD_MS = 100;
// Users that ask before the first answer is there are all sent out: one leads, the others follow one by one.
const LEAD = 0.1;
const JITTER = 0.25;
const MOST_PAUSE_MS = 3000;
const clock = Date.now;

// null without a channel (CHANNEL names its source). Until it has answered, state() is null.
export async function openChannel(env) {
  if (!env.CHANNEL) {
    return null;
  }
  const source = secrets.source(env.CHANNEL);
  const pollErrors = new Counter('ctl_poll_errors');
  let [text, state, askedAt, next, failures, leads] = ['', null, 0, 0, 0, null];

  const take = (answer) => {
    if (answer !== text) {
      state = readState(answer);
      text = answer;
    }
  };
  // of the start of a period, as a share of it; to ask k6 who one is costs as much as a question
  const behind = () => {
    leads ??= exec.vu.idInTest === 1;
    return leads ? 0 : LEAD + Math.random() * JITTER;
  };

  try {
    take(await source.get('ctl.boot'));
    next = state.m + state.n * (1 + LEAD + Math.random() * JITTER);
  } catch {
    state = null; // the first poll will tell
  }

  return {
    state: () => state,
    next: () => next,
    get: (key) => source.get(key),
    behindMs: () => behind() * (state?.n ?? PERIOD_MS),
    // the clock may be put back
    due: (now) => now >= next || now < askedAt,
    poll,
  };

  // Every user does this once a second: it is a plain chain, since an async function costs k6's engine more.
  function poll() {
    const period = state?.n ?? PERIOD_MS;
    askedAt = clock();
    const bucket = Math.floor(askedAt / period);
    return source.get(`ctl.${period}.${bucket}`).then((answer) => hear(answer, bucket * period), miss);
  }

  function hear(answer, began) {
    try {
      take(answer);
      next = began + state.n * (1 + behind());
      failures = 0;
    } catch {
      miss(); // it was no state
    }
  }

  function miss() {
    pollErrors.add(1);
    failures = Math.min(failures + 1, 5);
    next = clock() + Math.min(MOST_PAUSE_MS, 200 * 2 ** failures) * (0.5 + Math.random() / 2);
  }
}

// Throws when it is none: whatever else answers at the runner's port must not steer.
function readState(answer) {
  const state = JSON.parse(decodeBlanks(answer));
  if (state?.v !== 1 || typeof state.p !== 'boolean' || !(state.n >= LEAST_PERIOD_MS)) {
    throw new Error('not a state');
  }
  return state;
}
