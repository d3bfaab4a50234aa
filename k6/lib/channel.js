// The way into a running k6: a secret source that asks the runner. It leaves no trace in any metric, and k6 keeps each
// answer for all users, so a key for each period of time makes one request of all their questions.

import { Counter } from 'k6/metrics';
import secrets from 'k6/secrets';

import { decodeBlanks } from './blanks.js';

const PERIOD_MS = 1000;
const JITTER = 0.3; // users that ask in the same millisecond would all be sent out
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
  const after = (start) => start + state.n * (1 + Math.random() * JITTER);

  try {
    take(await source.get('ctl.boot'));
    next = after(state.m);
  } catch {
    state = null; // the first poll will tell
  }

  return {
    state: () => state,
    next: () => next,
    get: (key) => source.get(key),
    periodMs: () => state?.n ?? PERIOD_MS,
    jitterMs: () => Math.random() * JITTER * (state?.n ?? PERIOD_MS),
    // the clock may be put back
    due: (now) => now >= next || now < askedAt,
    async poll() {
      const period = state?.n ?? PERIOD_MS;
      askedAt = Date.now();
      const bucket = Math.floor(askedAt / period);
      try {
        take(await source.get(`ctl.${period}.${bucket}`));
        next = after(bucket * period);
        failures = 0;
      } catch {
        pollErrors.add(1);
        failures = Math.min(failures + 1, 5);
        next = Date.now() + Math.min(MOST_PAUSE_MS, 200 * 2 ** failures) * (0.5 + Math.random() / 2);
      }
    },
  };
}
