// The load that a run brings itself: SCENARIOS is an object as k6's options.scenarios, STAGES such as 30s:10,1m:10,30s:0
// are users or, with UNIT=rate, iterations a second. The same rules as dashboard/model/custom.py.

import { parseDuration } from './durations.js';
import { isObject } from './reading.js';

const EXECUTOR_OF = { vus: 'ramping-vus', rate: 'ramping-arrival-rate' };
const MOST_STAGES = 100;
const MOST_TARGET = 1_000_000;
const STAGE = /^(.*):(\d{1,9})$/;

// {scenarios}, or else a profile with stages.
export function readCustom(profile, env) {
  if (isFilled(env.SCENARIOS)) {
    return { scenarios: readScenarios(env.SCENARIOS) };
  }
  const unit = isFilled(env.UNIT) ? env.UNIT : 'vus';
  if (!Object.hasOwn(EXECUTOR_OF, unit)) {
    throw new Error(`UNIT: must be vus or rate, not "${unit}"`);
  }
  if (unit === 'rate' && !isFilled(env.STAGES)) {
    throw new Error('STAGES: say how many iterations a second there should be, over time, such as 30s:10,1m:10,30s:0');
  }
  const stages = isFilled(env.STAGES) ? readStages(env.STAGES) : profile.stages;
  return { ...profile, executor: EXECUTOR_OF[unit], stages, vus: { of: 'VUS' } };
}

function isFilled(text) {
  return text !== undefined && text !== '';
}

function readStages(text) {
  const stages = text.split(',').map((part, index) => readStage(part.trim(), `STAGES[${index}]`));
  if (stages.length > MOST_STAGES) {
    throw new Error(`STAGES: must be 1 to ${MOST_STAGES} stages`);
  }
  if (!stages.some(({ target }) => target > 0)) {
    throw new Error('STAGES: at least one target must be above 0');
  }
  return stages;
}

function readStage(text, place) {
  const match = STAGE.exec(text);
  if (match === null || Number(match[2]) > MOST_TARGET) {
    throw new Error(`${place}: "${text}" must be a duration and a target up to ${MOST_TARGET} such as 30s:10`);
  }
  try {
    parseDuration(match[1]);
  } catch (error) {
    throw new Error(`${place}: ${error.message}`);
  }
  return { duration: match[1], target: Number(match[2]) };
}

// k6 itself knows what may stand in a scenario.
function readScenarios(text) {
  let scenarios;
  try {
    scenarios = JSON.parse(text);
  } catch (error) {
    throw new Error(`SCENARIOS: is not JSON: ${error.message}`);
  }
  if (!isObject(scenarios) || Object.keys(scenarios).length === 0) {
    throw new Error('SCENARIOS: must be an object such as {"load": {"executor": "constant-vus", "vus": 2, "duration": "1m"}}');
  }
  return scenarios;
}
