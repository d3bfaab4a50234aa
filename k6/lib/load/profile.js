// Builds k6 scenarios from a load profile and the environment. Pure. dashboard/model/profile.py computes the same
// numbers.

import { parseDuration } from '../common/durations.js';
import { limits } from '../common/shared.js';
import { readCustom } from './custom.js';

/** @typedef {Record<string, number>} Variables values of a profile's variables; durations are milliseconds */

const GRACE_PERIOD = '30s';
/** @type {Record<string, number>} */
const MAX_COUNTS = { RATE: limits.load.max_rate, VUS: limits.load.max_vus }; // all other variables are durations
const MIN_LENGTH_MS = limits.load.min_length_ms;

/**
 * By executor: the scenario's own options and its planned length in milliseconds.
 * @type {Record<string, (profile: any, values: Variables) => {options: object, length: number}>}
 */
const EXECUTORS = {
  'constant-vus': (profile, values) => {
    const duration = milliseconds(profile.duration, values);
    return { options: { vus: count(profile.vus, values), duration: `${duration}ms` }, length: duration };
  },
  'ramping-vus': (profile, values) => {
    const { stages, length } = readStages(profile, values);
    return { options: { startVUs: count(profile.start, values), stages, gracefulRampDown: GRACE_PERIOD }, length };
  },
  'constant-arrival-rate': (profile, values) => {
    const duration = milliseconds(profile.duration, values);
    const options = {
      rate: count(profile.rate, values),
      timeUnit: '1s',
      duration: `${duration}ms`,
      preAllocatedVUs: count(profile.vus, values), // no maxVUs: initializing a user during the run slows the load down
    };
    return { options, length: duration };
  },
  'ramping-arrival-rate': (profile, values) => {
    const { stages, length } = readStages(profile, values);
    const startRate = count(profile.start, values);
    return { options: { startRate, timeUnit: '1s', stages, preAllocatedVUs: count(profile.vus, values) }, length };
  },
};

function readStages(profile, values) {
  const stages = profile.stages.map((stage) => ({
    target: count(stage.target, values),
    duration: milliseconds(stage.duration, values),
  }));
  return {
    stages: stages.map(({ target, duration }) => ({ target, duration: `${duration}ms` })),
    length: stages.reduce((sum, stage) => sum + stage.duration, 0),
  };
}

/**
 * @param {Record<string, any>} profiles
 * @param {string} name
 */
export function chooseProfile(profiles, name) {
  if (!Object.hasOwn(profiles, name)) {
    throw new Error(`LOAD_PROFILE: must be one of ${Object.keys(profiles).join(', ')}, not "${name}"`);
  }
  return profiles[name];
}

/**
 * Returns k6's options.scenarios: the single scenario of the profile, or the scenarios of a custom run.
 * @param {any} profile
 * @param {import('../types.js').Env} env
 * @returns {Record<string, any>}
 */
export function buildScenarios(profile, env) {
  const values = readVariables(profile, env);
  const shape = profile.executor === 'custom' ? readCustom(profile, env) : profile;
  if (shape.scenarios !== undefined) {
    return shape.scenarios;
  }
  const { options, length } = EXECUTORS[shape.executor](shape, values);
  if (length < MIN_LENGTH_MS) {
    throw new Error(`${shape.duration_sets ?? 'STAGES'}: the run must last at least ${MIN_LENGTH_MS / 1000} s`);
  }
  return { load: { executor: shape.executor, gracefulStop: GRACE_PERIOD, ...options } };
}

function readVariables(profile, env) {
  /** @type {Variables} */
  const values = {};
  for (const [name, fallback] of Object.entries(profile.variables)) {
    const text = env[name] === undefined || env[name] === '' ? String(fallback) : env[name];
    values[name] = Object.hasOwn(MAX_COUNTS, name) ? readCount(name, text) : readLength(name, text);
  }
  return values;
}

function readCount(name, text) {
  const number = Number(text);
  if (!/^\d{1,9}$/.test(text) || number < 1 || number > MAX_COUNTS[name]) {
    throw new Error(`${name}: must be a whole number from 1 to ${MAX_COUNTS[name]}, not "${text}"`);
  }
  return number;
}

function readLength(name, text) {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new Error(`${name}: ${error.message}`);
  }
}

// Rounds half up. A factor of the users never results in 0 users.
function count(quantity, values) {
  const value = resolve(quantity, values, Number);
  return value > 0 ? Math.max(1, Math.round(value)) : 0;
}

function milliseconds(quantity, values) {
  return Math.round(resolve(quantity, values, parseDuration));
}

// A quantity is a literal, or {of: variable, times: factor}.
function resolve(quantity, values, parseLiteral) {
  return typeof quantity === 'object' ? values[quantity.of] * (quantity.times ?? 1) : parseLiteral(quantity);
}
