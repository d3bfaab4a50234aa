// The way into a running k6: a secret source that asks the runner. It leaves no trace in any metric, and k6 keeps each
// answer for all users, so a key for each period of time makes one request of all their questions.

import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
import secrets from 'k6/secrets';

import { decodeBlanks } from './blanks.js';

const PERIOD_MS = 1000;
// Users that ask before the first answer is there are all sent out: one leads, the others follow one by one.
const LEAD = 0.1;
const JITTER = 0.25;
const MOST_PAUSE_MS = 3000;

// null without a channel (CHANNEL names its source). Until it has answered, state() is null.
export async function openChannel(env) {
  if (!env.CHANNEL) {
    return null;
  }
  const source = secrets.source(env.CHANNEL);
  const pollErrors = new Counter('ctl_poll_errors');
  let [text, state, askedAt, next, failures] = ['', null, 0, 0, 0];

  const take = (answer) => {
    if (answer !== text) {
      state = JSON.parse(decodeBlanks(answer));
      text = answer;
    }
  };
  const behind = (leads) => (leads ? 0 : LEAD + Math.random() * JITTER);

  try {
    take(await source.get('ctl.boot'));
    next = state.m + state.n * (1 + behind(false));
  } catch {
    state = null; // the first poll will tell
  }

  return {
    state: () => state,
    next: () => next,
    get: (key) => source.get(key),
    behindMs: () => behind(exec.vu.idInTest === 1) * (state?.n ?? PERIOD_MS),
    // the clock may be put back
    due: (now) => now >= next || now < askedAt,
    async poll() {
      const period = state?.n ?? PERIOD_MS;
      askedAt = Date.now();
      const bucket = Math.floor(askedAt / period);
      try {
        take(await source.get(`ctl.${period}.${bucket}`));
        next = bucket * period + state.n * (1 + behind(exec.vu.idInTest === 1));
        failures = 0;
      } catch {
        pollErrors.add(1);
        failures = Math.min(failures + 1, 5);
        next = Date.now() + Math.min(MOST_PAUSE_MS, 200 * 2 ** failures) * (0.5 + Math.random() / 2);
      }
    },
  };
}
