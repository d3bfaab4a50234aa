// From a load profile (data) and the environment's variables to a k6 scenario. Pure; the numbers must equal
// those of dashboard/model/profile.py.

import { readCustom } from './custom.js';
import { parseDuration } from './durations.js';

const GRACE = '30s';
const MOST_OF = { RATE: 1_000_000, VUS: 1_000_000 }; // all other variables are durations

// Each executor: the scenario's own keys, and the planned length of it.
const EXECUTORS = {
  'constant-vus': (profile, values) => {
    const duration = milliseconds(profile.duration, values);
    return { keys: { vus: count(profile.vus, values), duration: `${duration}ms` }, length: duration };
  },
  'ramping-vus': (profile, values) => {
    const { stages, length } = readStages(profile, values);
    return { keys: { startVUs: count(profile.start, values), stages, gracefulRampDown: GRACE }, length };
  },
  'constant-arrival-rate': (profile, values) => {
    const duration = milliseconds(profile.duration, values);
    return {
      keys: {
        rate: count(profile.rate, values),
        timeUnit: '1s',
        duration: `${duration}ms`,
        preAllocatedVUs: count(profile.vus, values), // all there from the start: making one takes time off the load
      },
      length: duration,
    };
  },
  'ramping-arrival-rate': (profile, values) => {
    const { stages, length } = readStages(profile, values);
    const startRate = count(profile.start, values);
    return { keys: { startRate, timeUnit: '1s', stages, preAllocatedVUs: count(profile.vus, values) }, length };
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

export function chooseProfile(profiles, name) {
  if (!Object.hasOwn(profiles, name)) {
    throw new Error(`LOAD_PROFILE: there is no profile "${name}"; there are ${Object.keys(profiles).join(', ')}`);
  }
  return profiles[name];
}

// k6's options.scenarios: the profile's one, or those that a custom run brings itself.
export function buildScenarios(profile, env) {
  const values = readVariables(profile, env);
  const shape = profile.executor === 'custom' ? readCustom(profile, env) : profile;
  if (shape.scenarios !== undefined) {
    return shape.scenarios;
  }
  const { keys, length } = EXECUTORS[shape.executor](shape, values);
  if (length < 1000) {
    throw new Error(`${shape.duration_sets ?? 'STAGES'}: the run would be shorter than 1 second`);
  }
  return { load: { executor: shape.executor, gracefulStop: GRACE, ...keys } };
}

function readVariables(profile, env) {
  const values = {};
  for (const [name, fallback] of Object.entries(profile.variables)) {
    const text = env[name] === undefined || env[name] === '' ? String(fallback) : env[name];
    values[name] = Object.hasOwn(MOST_OF, name) ? readCount(name, text) : readLength(name, text);
  }
  return values;
}

function readCount(name, text) {
  const found = Number(text);
  if (!/^\d{1,9}$/.test(text) || found < 1 || found > MOST_OF[name]) {
    throw new Error(`${name}: must be a whole number from 1 to ${MOST_OF[name]}, not "${text}"`);
  }
  return found;
}

function readLength(name, text) {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new Error(`${name}: ${error.message}`);
  }
}

// Rounded half up; a share of the users never becomes none.
function count(quantity, values) {
  const value = amount(quantity, values, Number);
  return value > 0 ? Math.max(1, Math.round(value)) : 0;
}

function milliseconds(quantity, values) {
  return Math.round(amount(quantity, values, parseDuration));
}

function amount(quantity, values, literal) {
  return typeof quantity === 'object' ? values[quantity.of] * (quantity.times ?? 1) : literal(quantity);
}
