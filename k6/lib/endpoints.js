// endpoints.json to what virtual users do. What is wrong is told with its place, in the same places as by
// dashboard/endpoints: a person may run k6 alone.

import { agreeOnData } from './data-use.js';
import { compileEndpoint, compileStep } from './endpoint.js';
import { compileNetwork } from './network.js';
import { isGiven, isObject, readDuration, readList, refuseOddTexts, refuseUnknown, refuseUnless } from './reading.js';
import { compileScenarios } from './scenarios.js';
import { checkLimits, checkSlos } from './slos.js';

const DOCUMENT_FIELDS = ['$schema', 'service', 'slos', 'slo_groups', 'slo_profiles', 'slo_options', 'endpoints', 'scenarios', 'pacing', 'setup', 'teardown', 'network'];
const MOST_ENDPOINTS = 5000;
const MOST_STEPS = 1000;

// `context`: {env(name, place), boundary, dataFile(name, place), network}: what ${env.NAME} stands for, what parts of
// multipart bodies are parted by, what is known of a data file, and the network of this run.
export function parseEndpoints(text, context) {
  let document;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new Error(`the endpoints file is not valid JSON: ${error.message}`);
  }
  return compileDocument(document, context);
}

export function compileDocument(document, context) {
  refuseUnless(isObject(document), 'the endpoints file', 'must hold a JSON object');
  refuseOddTexts(document, '');
  refuseUnknown(document, DOCUMENT_FIELDS, '');
  checkText(document.$schema, '$schema');
  checkText(document.service, 'service');
  const network = compileNetwork(context.network, 'NETWORK', compileNetwork(document.network, 'network'));
  const inside = { ...context, network };
  const endpoints = compileEndpoints(document.endpoints, inside);
  checkLimits(document, endpoints.map(({ group }) => group));
  const setup = compileSteps(document.setup, 'setup', inside);
  const given = setup.flatMap(({ result }) => (result === null ? [] : [result.key]));
  const teardown = compileSteps(document.teardown, 'teardown', inside);
  refuseUnmetSteps(setup, teardown, given);
  refuseUnknownKeys(endpoints, given);
  const scenarios = compileScenarios(document.scenarios, endpoints, given);
  agreeOnData(endpoints, scenarios);
  const pacingMs = readPacing(document.pacing, endpoints, scenarios, given);
  const secretKeys = secretKeysOf(endpoints, setup);
  return { endpoints, setup, teardown, scenarios, pacingMs, secretKeys, options: network.options };
}

// Keys of the data whose values are never shown.
function secretKeysOf(endpoints, setup) {
  const extracted = endpoints.flatMap(({ extract }) => extract.filter(({ secret }) => secret));
  const results = setup.flatMap(({ result }) => (result?.secret ? [result] : []));
  return new Set([...extracted, ...results].map(({ key }) => key));
}

function compileEndpoints(listed, context) {
  const endpoints = readList(listed, 'endpoints', MOST_ENDPOINTS).map((endpoint, index) => {
    checkSlos(endpoint?.slos, `endpoints[${index}].slos`);
    return compileEndpoint(endpoint, `endpoints[${index}]`, context);
  });
  refuseDoubles(endpoints, 'endpoints');
  refuseUnless(endpoints.some(({ weight }) => weight > 0), 'endpoints', 'at least one weight must be above 0');
  return endpoints;
}

function compileSteps(listed, phase, context) {
  if (!isGiven(listed) || (Array.isArray(listed) && listed.length === 0)) {
    return [];
  }
  const steps = readList(listed, phase, MOST_STEPS).map((step, index) =>
    compileStep(step, `${phase}[${index}]`, context, phase),
  );
  refuseDoubles(steps, phase);
  return steps;
}

// A step before the load can use what the steps before it gave, one after the load what all of them gave.
function refuseUnmetSteps(setup, teardown, given) {
  const known = new Set();
  const check = ({ needs }, place, words) => {
    const unmet = needs.find(({ key }) => !known.has(key));
    refuseUnless(unmet === undefined, place, `needs "${unmet?.text}", which ${words}`);
  };
  setup.forEach((step, index) => {
    check(step, `setup[${index}]`, 'no step before it gives');
    if (step.result !== null) {
      known.add(step.result.key);
    }
  });
  refuseUnless(known.size === given.length, 'setup', 'two steps have the same result_key');
  teardown.forEach((step, index) => check(step, `teardown[${index}]`, 'no set-up step gives'));
}

// What nothing at all gives can never be sent.
function refuseUnknownKeys(endpoints, given) {
  const known = new Set([...given, ...endpoints.flatMap(({ extract }) => extract.map(({ key }) => key))]);
  endpoints.forEach(({ needs }, index) => {
    const unknown = needs.find(({ key }) => !known.has(key));
    refuseUnless(unknown === undefined, `endpoints[${index}]`, `needs "${unknown?.text}", which nothing gives`);
  });
}

// Without scenarios requests are chosen at random: each stands alone, and the pause between them is the pacing.
function readPacing(pacing, endpoints, scenarios, given) {
  if (scenarios.length > 0) {
    refuseUnless(!isGiven(pacing), 'pacing', 'is for random choice; the pauses of scenarios are their think_time');
    return 0;
  }
  endpoints.forEach(({ needs }, index) => {
    const unmet = needs.find(({ key }) => !given.includes(key));
    const words = `needs "${unmet?.text}", which only an earlier step of a scenario gives`;
    refuseUnless(unmet === undefined, `endpoints[${index}]`, words);
  });
  return isGiven(pacing) ? readDuration(pacing, 'pacing') : 0;
}

function checkText(text, place) {
  refuseUnless(!isGiven(text) || typeof text === 'string', place, 'must be a text');
}

function refuseDoubles(named, where) {
  const seen = new Map();
  named.forEach(({ name }, index) => {
    refuseUnless(!seen.has(name), `${where}[${index}].name`, `"${name}" is the name of ${where}[${seen.get(name)}]`);
    seen.set(name, index);
  });
}
