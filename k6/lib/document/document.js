// Checks endpoints.json. dashboard/endpoints validates the same rules and names the same fields; k6 also validates
// them because it can run without a dashboard.

import { limits } from '../common/shared.js';
import { assertValid, isSet, readDuration, readList, rejectUnknownFields } from '../common/validate.js';
import { compileEndpoint, compileStep } from './endpoint.js';
import { checkScenarios } from './scenarios.js';
import { checkDocumentSlos, checkSlos } from './slos.js';

/** @typedef {import('../types.js').CompileContext} CompileContext */

const DOCUMENT_FIELDS = [
  'comment',
  ...['$schema', 'service', 'slos', 'slo_groups', 'slo_profiles', 'slo_options', 'endpoints', 'scenarios', 'pacing'],
  ...['setup', 'teardown', 'network'],
];
const MAX_ENDPOINTS = limits.document.max_endpoints;
const MAX_STEPS = limits.document.max_steps;

/**
 * Checks everything except the network settings, and whether endpoints that share a data file agree on its use.
 * @param {any} document
 * @param {CompileContext} context
 */
export function checkDocument(document, context) {
  rejectUnknownFields(document, DOCUMENT_FIELDS, '');
  checkString(document.$schema, '$schema');
  checkString(document.service, 'service');
  const endpoints = compileEndpoints(document.endpoints, context);
  checkDocumentSlos(
    document,
    endpoints.map(({ group }) => group),
  );
  const setup = compileSteps(document.setup, 'setup', context);
  const initialKeys = setup.flatMap(({ result }) => (result === null ? [] : [result.key]));
  const teardown = compileSteps(document.teardown, 'teardown', context);
  rejectUnmetStepNeeds(setup, teardown, initialKeys);
  rejectUnknownKeys(endpoints, initialKeys);
  const hasScenarios = checkScenarios(document.scenarios, endpoints, initialKeys);
  checkPacing(document.pacing, endpoints, hasScenarios, initialKeys);
}

function compileEndpoints(definitions, context) {
  const endpoints = readList(definitions, 'endpoints', MAX_ENDPOINTS).map((endpoint, index) => {
    checkSlos(endpoint?.slos, `endpoints[${index}].slos`);
    return compileEndpoint(endpoint, `endpoints[${index}]`, context);
  });
  rejectDuplicateNames(endpoints, 'endpoints');
  const hasWeight = endpoints.some(({ weight }) => weight > 0);
  assertValid(hasWeight, 'endpoints', 'at least one weight must be above 0');
  return endpoints;
}

function compileSteps(definitions, phase, context) {
  if (!isSet(definitions) || (Array.isArray(definitions) && definitions.length === 0)) {
    return [];
  }
  const steps = readList(definitions, phase, MAX_STEPS).map((step, index) =>
    compileStep(step, `${phase}[${index}]`, context, phase),
  );
  rejectDuplicateNames(steps, phase);
  return steps;
}

// A setup step can use the results of earlier steps, a teardown step those of all setup steps.
function rejectUnmetStepNeeds(setup, teardown, resultKeys) {
  const keys = new Set();
  const check = ({ needs }, field, reason) => {
    const unmet = needs.find(({ key }) => !keys.has(key));
    assertValid(unmet === undefined, field, `needs "${unmet?.text}", which ${reason}`);
  };
  setup.forEach((step, index) => {
    check(step, `setup[${index}]`, 'no earlier step provides');
    if (step.result !== null) {
      keys.add(step.result.key);
    }
  });
  assertValid(keys.size === resultKeys.length, 'setup', 'two steps have the same result_key');
  teardown.forEach((step, index) => check(step, `teardown[${index}]`, 'no setup step provides'));
}

// A request whose value nothing provides could never be sent.
function rejectUnknownKeys(endpoints, initialKeys) {
  const keys = new Set([...initialKeys, ...endpoints.flatMap(({ extract }) => extract.map(({ key }) => key))]);
  endpoints.forEach(({ needs }, index) => {
    const unknown = needs.find(({ key }) => !keys.has(key));
    assertValid(unknown === undefined, `endpoints[${index}]`, `needs "${unknown?.text}", which nothing provides`);
  });
}

// Without scenarios requests are chosen at random: each one is independent, and the pause between them is the pacing.
function checkPacing(pacing, endpoints, hasScenarios, initialKeys) {
  if (hasScenarios) {
    assertValid(!isSet(pacing), 'pacing', 'cannot be combined with scenarios. Use the think_time of a scenario.');
    return;
  }
  endpoints.forEach(({ needs }, index) => {
    const unmet = needs.find(({ key }) => !initialKeys.includes(key));
    const message = `needs "${unmet?.text}", which only an earlier step of a scenario provides`;
    assertValid(unmet === undefined, `endpoints[${index}]`, message);
  });
  if (isSet(pacing)) {
    readDuration(pacing, 'pacing');
  }
}

function checkString(value, field) {
  assertValid(!isSet(value) || typeof value === 'string', field, 'must be a string');
}

function rejectDuplicateNames(requests, list) {
  const indexes = new Map();
  requests.forEach(({ name }, index) => {
    const message = `"${name}" is already the name of ${list}[${indexes.get(name)}]`;
    assertValid(!indexes.has(name), `${list}[${index}].name`, message);
    indexes.set(name, index);
  });
}
