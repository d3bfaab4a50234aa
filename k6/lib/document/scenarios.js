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
import { sortByWeight } from '../common/weights.js';

/** @typedef {import('../types.js').Endpoint} Endpoint */
/** @typedef {import('../types.js').Scenario} Scenario */

const FIELDS = ['comment', 'name', 'weight', 'think_time', 'on_failure', 'steps'];
const STEP_FIELDS = ['comment', 'ref', 'one_of', 'think_time'];
const ON_FAILURE = ['stop', 'continue'];
const MAX_SCENARIOS = limits.document.max_scenarios;
const MAX_STEPS = limits.document.max_steps;
const MAX_ENDPOINTS = limits.document.max_endpoints;
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
 * Returns a valid scenario as users share it: each step with the positions of its endpoints.
 * @param {any} scenario
 * @param {Map<string, number>} positions of endpoints by name, those with the largest weight first
 * @param {(name: string) => number} weightByName
 * @returns {Scenario}
 */
export function shareScenario(scenario, positions, weightByName) {
  const thinkTimeMs = readThinkTime(scenario.think_time, 'think_time') ?? 0;
  const last = scenario.steps.length - 1;
  const steps = scenario.steps.map((step, index) => ({
    ...(isSet(step.one_of) ? shareChoice(step.one_of, positions, weightByName) : { endpoint: positions.get(step.ref) }),
    pauseMs: readThinkTime(step.think_time, 'think_time') ?? (index === last ? 0 : thinkTimeMs),
  }));
  const continuesOnFailure = scenario.on_failure === 'continue';
  return { name: scenario.name, weight: weightOf(scenario), continuesOnFailure, steps };
}

// The endpoints that are never chosen are left out.
function shareChoice(names, positions, weightByName) {
  const { sorted, classes } = sortByWeight(names, weightByName);
  const members = sorted.filter((name) => weightByName(name) > 0).map((name) => positions.get(name));
  return { members, classes };
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
  rejectUnmetNeeds(steps, initialKeys);
}

// Returns the endpoints of the step with their fields: one, or those of which one is chosen.
function checkStep(step, field, byName) {
  rejectUnknownFields(readObject(step, field), STEP_FIELDS, `${field}.`);
  readThinkTime(step.think_time, `${field}.think_time`);
  if (!isSet(step.one_of)) {
    return [{ field: `${field}.ref`, endpoint: readEndpoint(step.ref, `${field}.ref`, byName) }];
  }
  const choiceField = `${field}.one_of`;
  assertValid(!isSet(step.ref), choiceField, 'cannot be combined with ref');
  const members = readList(step.one_of, choiceField, MAX_ENDPOINTS).map((name, index) => ({
    field: `${choiceField}[${index}]`,
    endpoint: readEndpoint(name, `${choiceField}[${index}]`, byName),
  }));
  const repeated = members.find(({ endpoint }, index) => members.findIndex((one) => one.endpoint === endpoint) < index);
  assertValid(repeated === undefined, repeated?.field ?? choiceField, 'is listed more than once');
  const hasWeight = members.some(({ endpoint }) => endpoint.weight > 0);
  assertValid(hasWeight, choiceField, 'at least one weight must be above 0');
  return members;
}

function readEndpoint(name, field, byName) {
  const ref = readText(name, field);
  if (!byName.has(ref)) {
    // The message lists endpoints, so it must not be built for every step.
    throw new Error(`${field}: ${unknownEndpoint(ref, byName)}`);
  }
  return byName.get(ref);
}

// A value can come from the setup or from an earlier step. A choice provides the values that all its endpoints extract.
function rejectUnmetNeeds(steps, initialKeys) {
  const keys = new Set(initialKeys);
  for (const members of steps) {
    members.forEach(({ field, endpoint }) => rejectUnmetNeed(endpoint, field, keys));
    const extracted = members.map(({ endpoint }) => endpoint.extract.map(({ key }) => key));
    extracted[0].filter((key) => extracted.every((others) => others.includes(key))).forEach((key) => keys.add(key));
  }
}

function rejectUnmetNeed(endpoint, field, keys) {
  const unmet = endpoint.needs.find(({ key }) => !keys.has(key));
  assertValid(
    unmet === undefined,
    field,
    `"${endpoint.name.slice(0, 80)}" needs "${unmet?.text}", which neither the setup nor an earlier step provides`,
  );
}

function readThinkTime(value, field) {
  return isSet(value) ? readDuration(value, field) : null;
}

function unknownEndpoint(name, byName) {
  const names = [...byName.keys()].map((known) => `"${known.slice(0, 80)}"`);
  const listed = names.slice(0, MAX_LISTED_NAMES).join(', ') + (names.length > MAX_LISTED_NAMES ? ', …' : '');
  return `no endpoint is named "${name.slice(0, 80)}". Use one of ${listed}, or add it to endpoints.`;
}
