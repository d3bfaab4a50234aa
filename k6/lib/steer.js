// Iterations under control: a user that is not wanted parks, an arrival that is not wanted is passed over. Both end as
// iterations with the tag ctl=idle, which are counted nowhere. Without an answer of the channel nobody begins.

import { sleep } from 'k6';
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';

import { isInShare, portionsOf, quota } from './portions.js';

const MOST_PARKED_MS = 5000; // k6 takes a user away between iterations alone
const LEAST_SLEEP_MS = 20;
const SLOW_MS = 5;
const TELL_SPREAD_MS = 2; // for each user, so that a thousand do not tell at once

// With `tokens` a user has the token of the moment before it begins, so that no request need look for one. From `from`
// until `until` an iteration may begin unasked; else `look(data, now, iterate)` sees to it, and may call iterate(data, true).
export function steering(channel, scenarios, tokens) {
  const { portions, total } = portionsOf(scenarios);
  const parked = new Counter('ctl_idle_users');
  const names = Object.keys(portions);
  const user = { portion: null, name: '', rank: 0, fresh: false, idle: false, parked: false, drain: 0, tellAt: 0 };
  const clock = Date.now;
  const control = { from: 0, until: 0, look };
  let iterate = null;
  return control;

  function look(data, now, given) {
    iterate = given;
    if (user.portion === null || (names.length > 1 && exec.scenario.name !== user.name)) {
      enter();
    }
    if (user.fresh) {
      settle(now);
    }
    return channel.due(clock()) ? channel.poll().then(() => choose(data, now)) : choose(data, now);
  }

  function choose(data, began) {
    if (!isWanted()) {
      return leaveOut();
    }
    return tokens !== null && tokens.isDue(clock()) ? tokens.catchUp().then(() => begin(data, began)) : begin(data, began);
  }

  // What was waited for must not lengthen an iteration that counts: the next one will.
  function begin(data, began) {
    return user.portion.arrives || clock() - began <= SLOW_MS ? work(data) : setIdle();
  }

  function leaveOut() {
    setIdle();
    return user.portion.arrives ? undefined : park();
  }

  function setIdle() {
    if (!user.idle) {
      exec.vu.metrics.tags.ctl = 'idle';
      user.idle = true;
    }
  }

  // What is wanted changes with the next question alone, but for a share, which each arrival is held against.
  function stayPlain() {
    const { p, f } = channel.state();
    const plain = !p && names.length === 1 && (f === null || user.portion.arrives !== true);
    control.from = clock();
    control.until = plain ? channel.next() : 0;
  }

  function enter() {
    user.name = names.length === 1 ? names[0] : exec.scenario.name;
    user.portion = portions[user.name];
    user.fresh = user.portion.arrives !== true;
    // k6 numbers the users of a single scenario without gaps; else the order of the first iterations has none
    user.rank = names.length === 1 ? exec.vu.idInTest - 1 : exec.scenario.iterationInTest;
  }

  function isWanted() {
    const state = channel.state();
    if (state === null || state.p) {
      return false;
    }
    if (user.portion.arrives) {
      return isInShare(state.f !== null && state.f < 1 ? exec.scenario.iterationInTest : 0, state.f);
    }
    const asPlanned = user.portion.users === undefined || (state.t === null && state.f === null);
    return asPlanned || user.rank < quota(user.portion, total, state.t, state.f);
  }

  function work(data) {
    if (user.parked) {
      parked.add(-1);
      user.parked = false;
    }
    if (user.idle) {
      delete exec.vu.metrics.tags.ctl;
      user.idle = false;
    }
    stayPlain();
    return iterate(data, true);
  }

  // A user's first iteration. With several scenarios its place in the order of all first iterations is its rank, so
  // none may begin a second one before all have begun; and what was known at the start may be old by now.
  function settle(now) {
    user.fresh = false;
    if (names.length > 1) {
      sleep(0.1 + (total * 0.2) / 1000);
    } else if (channel.due(now)) {
      sleep(channel.behindMs() / 1000);
    }
  }

  async function park() {
    const until = clock() + MOST_PARKED_MS;
    parked.add(user.parked ? 0 : 1); // 0 sends the sum again, should a push have been lost
    user.parked = true;
    while (clock() < until && exec.scenario.progress < 1) {
      await tell();
      const wakeAt = user.tellAt > 0 ? Math.min(user.tellAt, channel.next()) : channel.next();
      sleep(Math.max(LEAST_SLEEP_MS, Math.min(wakeAt, until) - clock()) / 1000);
      if (channel.due(clock())) {
        await channel.poll();
        if (isWanted()) {
          return;
        }
        parked.add(0);
      }
    }
  }

  // In a stop that waits for all iterations each parked user says so, once.
  async function tell() {
    const drain = channel.state()?.d ?? 0;
    if (drain !== user.drain) {
      user.drain = drain;
      user.tellAt = drain > 0 ? clock() + Math.random() * TELL_SPREAD_MS * exec.instance.vusActive : 0;
    }
    if (user.tellAt > 0 && clock() >= user.tellAt) {
      try {
        await channel.get(`ctl.idle.${drain}.${exec.vu.idInTest}`);
        user.tellAt = 0;
      } catch {
        user.tellAt = channel.next();
      }
    }
  }
}

// The same for iterations that are long anyway.
export function steered(control, iterate) {
  return (data) => {
    const now = Date.now();
    return now < control.until && now >= control.from ? iterate(data) : control.look(data, now, iterate);
  };
}
