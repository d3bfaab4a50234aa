// The scenarios of endpoints.json: steps that refer to endpoints, pauses, and whether each step can have its values.

import { isGiven, readDuration, readFilled, readList, readNumber, readObject, refuseUnknown, refuseUnless } from './reading.js';

const FIELDS = ['name', 'weight', 'think_time', 'steps'];
const STEP_FIELDS = ['ref', 'think_time'];
const MOST_SCENARIOS = 1000;
const MOST_STEPS = 1000;
const MOST_NAMED = 10;
const MOST_WEIGHT = 1e9;

// `given`: the keys of the data that every iteration begins with. [] when the document has no scenarios.
export function compileScenarios(listed, endpoints, given) {
  if (!isGiven(listed) || (Array.isArray(listed) && listed.length === 0)) {
    return [];
  }
  const byName = new Map(endpoints.map((endpoint) => [endpoint.name, endpoint]));
  const scenarios = readList(listed, 'scenarios', MOST_SCENARIOS).map((scenario, index) =>
    compileScenario(scenario, `scenarios[${index}]`, byName, given),
  );
  refuseUnless(scenarios.some(({ weight }) => weight > 0), 'scenarios', 'at least one weight must be above 0');
  return scenarios;
}

function compileScenario(scenario, place, byName, given) {
  refuseUnknown(readObject(scenario, place), FIELDS, `${place}.`);
  const name = readFilled(scenario.name, `${place}.name`);
  const weight = readNumber(scenario.weight ?? 1, `${place}.weight`, MOST_WEIGHT);
  const between = readPause(scenario.think_time, `${place}.think_time`);
  const steps = readList(scenario.steps, `${place}.steps`, MOST_STEPS);
  const compiled = steps.map((step, index) => {
    const at = `${place}.steps[${index}]`;
    refuseUnknown(readObject(step, at), STEP_FIELDS, `${at}.`);
    const ref = readFilled(step.ref, `${at}.ref`);
    if (!byName.has(ref)) {
      refuseUnless(false, `${at}.ref`, noEndpoint(ref, byName)); // the words name endpoints: not for each step
    }
    const own = readPause(step.think_time, `${at}.think_time`);
    const last = index === steps.length - 1;
    return { endpoint: byName.get(ref), pauseMs: own ?? (last ? 0 : (between ?? 0)) };
  });
  refuseUnmet(compiled, place, given);
  return { name, weight, steps: compiled };
}

// A value can come from the set-up or from an earlier step.
function refuseUnmet(steps, place, given) {
  const known = new Set(given);
  steps.forEach(({ endpoint }, index) => {
    const unmet = endpoint.needs.find(({ key }) => !known.has(key));
    refuseUnless(
      unmet === undefined,
      `${place}.steps[${index}].ref`,
      `"${endpoint.name.slice(0, 80)}" needs "${unmet?.text}", which no set-up and no earlier step gives`,
    );
    endpoint.extract.forEach(({ key }) => known.add(key));
  });
}

function readPause(value, place) {
  return isGiven(value) ? readDuration(value, place) : null;
}

function noEndpoint(name, byName) {
  const names = [...byName.keys()].map((one) => `"${one.slice(0, 80)}"`);
  const there = names.slice(0, MOST_NAMED).join(', ') + (names.length > MOST_NAMED ? ', …' : '');
  return `there is no endpoint "${name.slice(0, 80)}": name one of ${there}, or add it to endpoints`;
}
