// Scenarios of the document: steps that refer to endpoints, pauses, and whether every step's values are available.

import { limits } from '../common/shared.js';
import {
  assertValid,
  isSet,
  readDuration,
  readList,
  readNumber,
  readObject,
  readText,
  rejectUnknownFields,
} from '../common/validate.js';

/** @typedef {import('../types.js').Endpoint} Endpoint */
/** @typedef {import('../types.js').Scenario} Scenario */

const FIELDS = ['name', 'weight', 'think_time', 'steps'];
const STEP_FIELDS = ['ref', 'think_time'];
const MAX_SCENARIOS = limits.document.max_scenarios;
const MAX_STEPS = limits.document.max_steps;
const MAX_WEIGHT = limits.document.max_weight;
const MAX_LISTED_NAMES = limits.document.max_listed_names;

/**
 * @param {any} definitions
 * @param {Endpoint[]} endpoints
 * @param {string[]} initialKeys keys of the data that every iteration starts with
 * @returns {Scenario[]}
 */
export function compileScenarios(definitions, endpoints, initialKeys) {
  if (!isSet(definitions) || (Array.isArray(definitions) && definitions.length === 0)) {
    return [];
  }
  const byName = new Map(endpoints.map((endpoint) => [endpoint.name, endpoint]));
  const scenarios = readList(definitions, 'scenarios', MAX_SCENARIOS).map((scenario, index) =>
    compileScenario(scenario, `scenarios[${index}]`, byName, initialKeys),
  );
  const hasWeight = scenarios.some(({ weight }) => weight > 0);
  assertValid(hasWeight, 'scenarios', 'at least one weight must be above 0');
  return scenarios;
}

function compileScenario(scenario, field, byName, initialKeys) {
  rejectUnknownFields(readObject(scenario, field), FIELDS, `${field}.`);
  const name = readText(scenario.name, `${field}.name`);
  const weight = readNumber(scenario.weight ?? 1, `${field}.weight`, MAX_WEIGHT);
  const thinkTimeMs = readThinkTime(scenario.think_time, `${field}.think_time`);
  const definitions = readList(scenario.steps, `${field}.steps`, MAX_STEPS);
  const steps = definitions.map((definition, index) => {
    const step = compileStep(definition, `${field}.steps[${index}]`, byName);
    const isLast = index === definitions.length - 1;
    return { endpoint: step.endpoint, pauseMs: step.thinkTimeMs ?? (isLast ? 0 : (thinkTimeMs ?? 0)) };
  });
  rejectUnmetNeeds(steps, field, initialKeys);
  return { name, weight, steps };
}

function compileStep(step, field, byName) {
  rejectUnknownFields(readObject(step, field), STEP_FIELDS, `${field}.`);
  const ref = readText(step.ref, `${field}.ref`);
  if (!byName.has(ref)) {
    // The message lists endpoints, so it must not be built for every step.
    throw new Error(`${field}.ref: ${unknownEndpoint(ref, byName)}`);
  }
  return { endpoint: byName.get(ref), thinkTimeMs: readThinkTime(step.think_time, `${field}.think_time`) };
}

// A value can come from the setup or from an earlier step.
function rejectUnmetNeeds(steps, field, initialKeys) {
  const keys = new Set(initialKeys);
  steps.forEach(({ endpoint }, index) => {
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
