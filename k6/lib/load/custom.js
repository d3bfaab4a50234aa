// The load of the profile "custom". SCENARIOS is an object like k6's options.scenarios. STAGES, such as
// 30s:10,1m:10,30s:0, are users or, with UNIT=rate, iterations per second. dashboard/model/custom.py applies the same
// rules.

import { parseDuration } from '../common/durations.js';
import { parseVariable } from '../common/json-check.js';
import { limits } from '../common/shared.js';
import { isObject } from '../common/validate.js';

/** @type {Record<string, string>} */
const EXECUTORS = { vus: 'ramping-vus', rate: 'ramping-arrival-rate' };
const { max_stages: MAX_STAGES, max_stage_target: MAX_TARGET } = limits.load;
const STAGE = /^(.*):(\d{1,9})$/;

/**
 * Returns {scenarios}, or the profile with its stages and executor filled in.
 * @param {any} profile
 * @param {import('../types.js').Env} env
 */
export function readCustom(profile, env) {
  if (isFilled(env.SCENARIOS)) {
    return { scenarios: readScenarios(env.SCENARIOS) };
  }
  const unit = isFilled(env.UNIT) ? env.UNIT : 'vus';
  if (!Object.hasOwn(EXECUTORS, unit)) {
    throw new Error(`UNIT: must be vus or rate, not "${unit}"`);
  }
  if (unit === 'rate' && !isFilled(env.STAGES)) {
    throw new Error('STAGES: not set, but UNIT=rate requires it. Example: 30s:10,1m:10,30s:0 (iterations per second).');
  }
  const stages = isFilled(env.STAGES) ? readStages(env.STAGES) : profile.stages;
  return { ...profile, executor: EXECUTORS[unit], stages, vus: { of: 'VUS' } };
}

function isFilled(text) {
  return text !== undefined && text !== '';
}

function readStages(text) {
  const stages = text.split(',').map((part, index) => readStage(part.trim(), `STAGES[${index}]`));
  if (stages.length > MAX_STAGES) {
    throw new Error(`STAGES: must have 1 to ${MAX_STAGES} stages`);
  }
  if (!stages.some(({ target }) => target > 0)) {
    throw new Error('STAGES: at least one target must be above 0');
  }
  return stages;
}

function readStage(text, field) {
  const match = STAGE.exec(text);
  if (match === null || Number(match[2]) > MAX_TARGET) {
    throw new Error(`${field}: "${text}" must be a duration and a target of at most ${MAX_TARGET}, such as 30s:10`);
  }
  try {
    parseDuration(match[1]);
  } catch (error) {
    throw new Error(`${field}: ${error.message}`);
  }
  return { duration: match[1], target: Number(match[2]) };
}

// k6 itself validates the fields of each scenario.
function readScenarios(text) {
  const scenarios = parseVariable(text, 'SCENARIOS');
  if (!isObject(scenarios) || Object.keys(scenarios).length === 0) {
    throw new Error(
      'SCENARIOS: must be an object such as {"load": {"executor": "constant-vus", "vus": 2, "duration": "1m"}}',
    );
  }
  return scenarios;
}
