// Steering: a user beyond the desired number idles, and an arrival beyond the desired rate is skipped. Both end as
// iterations with the tag ctl=idle, which no figure counts. No iteration starts before the control channel has
// responded.

import { sleep } from 'k6';
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';

import { activeUsers, isInShare, steerableLoads } from './quotas.js';

const MAX_IDLE_MS = 5000; // k6 removes a user only between iterations
const MIN_SLEEP_MS = 20;
const MAX_START_DELAY_MS = 5;
const DRAIN_SPREAD_MS = 2; // per user, so that a thousand users do not report at the same time

/**
 * Returns the control of one virtual user. From `from` until `until` an iteration may start without calling begin.
 * Otherwise begin(data, now, iterate) decides, and calls iterate(data, true) if the iteration may start. With `tokens`
 * a user has a current token before each iteration, so no request has to check for one.
 * @param {import('../types.js').ControlChannel} channel
 * @param {Record<string, any>} scenarios
 * @param {import('../types.js').Tokens | null} tokens
 * @param {import('../types.js').LoadMarks} marks
 * @returns {import('../types.js').Control}
 */
export function steering(channel, scenarios, tokens, marks) {
  const { loads, totalUsers } = steerableLoads(scenarios);
  const idleUsers = new Counter('ctl_idle_users');
  const idleIterations = new Counter('ctl_idle_iterations'); // idle iterations that have started and not ended
  const names = Object.keys(loads);
  const user = {
    load: null,
    scenario: '',
    rank: 0,
    isFirstIteration: false,
    isTaggedIdle: false,
    isIdle: false,
    drainId: 0,
    reportAt: 0,
  };
  const clock = Date.now;
  const control = { from: 0, until: 0, begin };
  let iterate = null;
  return control;

  function begin(data, now, iteration) {
    iterate = iteration;
    if (user.load === null || (names.length > 1 && exec.scenario.name !== user.scenario)) {
      enterScenario();
    }
    if (user.isFirstIteration) {
      waitForFirstIteration(now);
    }
    return channel.isDue(clock()) ? channel.poll().then(() => decide(data, now)) : decide(data, now);
  }

  function decide(data, startedAt) {
    if (!isActive()) {
      return skip();
    }
    return tokens !== null && tokens.isDue(clock())
      ? tokens.refresh().then(() => start(data, startedAt))
      : start(data, startedAt);
  }

  // A wait must not lengthen an iteration that counts, so this iteration ends idle and the next one starts immediately.
  function start(data, startedAt) {
    return user.load.isArrivalRate || clock() - startedAt <= MAX_START_DELAY_MS ? run(data) : tagIdle();
  }

  function skip() {
    tagIdle();
    return user.load.isArrivalRate ? undefined : idle();
  }

  function tagIdle() {
    if (!user.isTaggedIdle) {
      exec.vu.metrics.tags.ctl = 'idle';
      user.isTaggedIdle = true;
    }
  }

  // The state changes only with the next poll. But a share of an arrival rate has to be checked for each arrival.
  function allowUntilNextPoll() {
    const { isPaused, share } = channel.state();
    const isConstant = !isPaused && names.length === 1 && (share === null || user.load.isArrivalRate !== true);
    control.from = clock();
    control.until = isConstant ? channel.nextPollAt() : 0;
  }

  function enterScenario() {
    marks.start();
    user.scenario = names.length === 1 ? names[0] : exec.scenario.name;
    user.load = loads[user.scenario];
    user.isFirstIteration = user.load.isArrivalRate !== true;
    // k6 numbers the users of a single scenario without gaps. With several scenarios only the order of the users' first
    // iterations has no gaps.
    user.rank = names.length === 1 ? exec.vu.idInTest - 1 : exec.scenario.iterationInTest;
  }

  function isActive() {
    const state = channel.state();
    if (state === null || state.isPaused) {
      return false;
    }
    const { users, share } = state;
    if (user.load.isArrivalRate) {
      return isInShare(share !== null && share < 1 ? exec.scenario.iterationInTest : 0, share);
    }
    const isAsPlanned = user.load.users === undefined || (users === null && share === null);
    return isAsPlanned || user.rank < activeUsers(user.load, totalUsers, users, share);
  }

  function run(data) {
    if (user.isIdle) {
      idleUsers.add(-1);
      user.isIdle = false;
    }
    if (user.isTaggedIdle) {
      delete exec.vu.metrics.tags.ctl;
      user.isTaggedIdle = false;
    }
    allowUntilNextPoll();
    return iterate(data, true);
  }

  // With several scenarios the order of first iterations is the rank, so no user may start its second iteration before
  // all users have started their first. With one scenario the state from the start of k6 may be outdated by now.
  function waitForFirstIteration(now) {
    user.isFirstIteration = false;
    if (names.length > 1) {
      sleep(0.1 + (totalUsers * 0.2) / 1000);
    } else if (channel.isDue(now)) {
      sleep(channel.delayMs() / 1000);
    }
  }

  async function idle() {
    idleIterations.add(1);
    await waitUntilActive();
    idleIterations.add(-1);
  }

  async function waitUntilActive() {
    const until = clock() + MAX_IDLE_MS;
    idleUsers.add(user.isIdle ? 0 : 1); // adding 0 sends the sum again in case a push was lost
    user.isIdle = true;
    while (clock() < until && exec.scenario.progress < 1) {
      await reportDrained();
      const wakeAt = user.reportAt > 0 ? Math.min(user.reportAt, channel.nextPollAt()) : channel.nextPollAt();
      sleep(Math.max(MIN_SLEEP_MS, Math.min(wakeAt, until) - clock()) / 1000);
      if (channel.isDue(clock())) {
        await channel.poll();
        if (isActive()) {
          return;
        }
        idleUsers.add(0);
      }
    }
  }

  // While a stop drains the run, each idle user reports once that it is idle.
  async function reportDrained() {
    const drainId = channel.state()?.drainId ?? 0;
    if (drainId !== user.drainId) {
      user.drainId = drainId;
      user.reportAt = drainId > 0 ? clock() + Math.random() * DRAIN_SPREAD_MS * exec.instance.vusActive : 0;
    }
    if (user.reportAt > 0 && clock() >= user.reportAt) {
      try {
        await channel.get(`ctl.idle.${drainId}.${exec.vu.idInTest}`);
        user.reportAt = 0;
      } catch {
        user.reportAt = channel.nextPollAt();
      }
    }
  }
}

/**
 * Returns an iteration that starts only when the control allows it. Use this function for long iterations only, because
 * it adds a function call to each iteration.
 * @param {import('../types.js').Control} control
 * @param {import('../types.js').Iteration} iterate
 * @returns {import('../types.js').Iteration}
 */
export function withSteering(control, iterate) {
  return (data) => {
    const now = Date.now();
    return now < control.until && now >= control.from ? iterate(data) : control.begin(data, now, iterate);
  };
}
