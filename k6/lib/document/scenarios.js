// Scenarios of the document: steps that refer to endpoints, pauses, and whether every step's values are available.

import { limits } from '../common/shared.js';
import {
  assertValid,
  isSet,
  readDuration,
  readList,
  readName,
  readNumber,
  readObject,
  readText,
  rejectUnknownFields,
} from '../common/validate.js';

/** @typedef {import('../types.js').Endpoint} Endpoint */
/** @typedef {import('../types.js').Scenario} Scenario */

const FIELDS = ['name', 'weight', 'think_time', 'on_failure', 'steps'];
const STEP_FIELDS = ['ref', 'think_time'];
const ON_FAILURE = ['stop', 'continue'];
const MAX_SCENARIOS = limits.document.max_scenarios;
const MAX_STEPS = limits.document.max_steps;
const MAX_WEIGHT = limits.document.max_weight;
const MAX_LISTED_NAMES = limits.document.max_listed_names;

/**
 * Checks all scenarios and returns whether there are any.
 * @param {any} definitions
 * @param {Endpoint[]} endpoints
 * @param {string[]} initialKeys keys of the data that every iteration starts with
 */
export function checkScenarios(definitions, endpoints, initialKeys) {
  if (!isSet(definitions) || (Array.isArray(definitions) && definitions.length === 0)) {
    return false;
  }
  const byName = new Map(endpoints.map((endpoint) => [endpoint.name, endpoint]));
  const scenarios = readList(definitions, 'scenarios', MAX_SCENARIOS);
  scenarios.forEach((scenario, index) => checkScenario(scenario, `scenarios[${index}]`, byName, initialKeys));
  const hasWeight = scenarios.some((scenario) => weightOf(scenario) > 0);
  assertValid(hasWeight, 'scenarios', 'at least one weight must be above 0');
  return true;
}

/**
 * Returns a valid scenario as users share it: each step with the position of its endpoint.
 * @param {any} scenario
 * @param {Map<string, number>} positions of endpoints by name
 * @returns {Scenario}
 */
export function shareScenario(scenario, positions) {
  const thinkTimeMs = readThinkTime(scenario.think_time, 'think_time') ?? 0;
  const last = scenario.steps.length - 1;
  const steps = scenario.steps.map((step, index) => ({
    endpoint: positions.get(step.ref),
    pauseMs: readThinkTime(step.think_time, 'think_time') ?? (index === last ? 0 : thinkTimeMs),
  }));
  const continuesOnFailure = scenario.on_failure === 'continue';
  return { name: scenario.name, weight: weightOf(scenario), continuesOnFailure, steps };
}

/** @param {any} item of `endpoints` or `scenarios` */
export function weightOf({ weight }) {
  return weight ?? 1;
}

function checkScenario(scenario, field, byName, initialKeys) {
  rejectUnknownFields(readObject(scenario, field), FIELDS, `${field}.`);
  readName(scenario.name, `${field}.name`);
  readNumber(weightOf(scenario), `${field}.weight`, MAX_WEIGHT);
  readThinkTime(scenario.think_time, `${field}.think_time`);
  const { on_failure: onFailure } = scenario;
  const isAllowed = !isSet(onFailure) || ON_FAILURE.includes(onFailure);
  assertValid(isAllowed, `${field}.on_failure`, 'must be "stop" or "continue"');
  const steps = readList(scenario.steps, `${field}.steps`, MAX_STEPS).map((step, index) =>
    checkStep(step, `${field}.steps[${index}]`, byName),
  );
  rejectUnmetNeeds(steps, field, initialKeys);
}

// Returns the endpoint of the step.
function checkStep(step, field, byName) {
  rejectUnknownFields(readObject(step, field), STEP_FIELDS, `${field}.`);
  const ref = readText(step.ref, `${field}.ref`);
  if (!byName.has(ref)) {
    // The message lists endpoints, so it must not be built for every step.
    throw new Error(`${field}.ref: ${unknownEndpoint(ref, byName)}`);
  }
  readThinkTime(step.think_time, `${field}.think_time`);
  return byName.get(ref);
}

// A value can come from the setup or from an earlier step.
function rejectUnmetNeeds(steps, field, initialKeys) {
  const keys = new Set(initialKeys);
  steps.forEach((endpoint, index) => {
    const unmet = endpoint.needs.find(({ key }) => !keys.has(key));
    assertValid(
      unmet === undefined,
      `${field}.steps[${index}].ref`,
      `"${endpoint.name.slice(0, 80)}" needs "${unmet?.text}", which neither the setup nor an earlier step provides`,
    );
    endpoint.extract.forEach(({ key }) => keys.add(key));
  });
}

function readThinkTime(value, field) {
  return isSet(value) ? readDuration(value, field) : null;
}

function unknownEndpoint(name, byName) {
  const names = [...byName.keys()].map((known) => `"${known.slice(0, 80)}"`);
  const listed = names.slice(0, MAX_LISTED_NAMES).join(', ') + (names.length > MAX_LISTED_NAMES ? ', …' : '');
  return `no endpoint is named "${name.slice(0, 80)}". Use one of ${listed}, or add it to endpoints.`;
}
