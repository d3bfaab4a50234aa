// A dry run: each endpoint by itself, then each scenario step by step, without pauses.

import { clearCookies } from '../lib/send/cookies.js';
import { runCoroutine } from '../lib/send/coroutine.js';
import { newScope } from '../lib/send/scope.js';

/**
 * Returns an iteration that sends every request once. Cookies are cleared between two endpoints and between two
 * scenarios, as between two iterations of a load test.
 * @param {import('../lib/types.js').LazyDocument} document
 * @param {import('../lib/types.js').Prepare} prepare
 * @param {import('../lib/types.js').DryRunObserver} observer
 * @param {string} baseUrl
 * @returns {import('../lib/types.js').Iteration}
 */
export function dryRun(document, prepare, observer, baseUrl) {
  return (data) => runCoroutine(sendAll(document, data, prepare, observer, baseUrl));
}

function* sendAll(document, data, prepare, observer, baseUrl) {
  yield* sendEndpoints(document, data, prepare, observer, baseUrl);
  for (const scenario of document.allScenarios()) {
    clearCookies(baseUrl);
    yield* sendScenario(document, scenario, newScope(data), prepare, observer);
  }
}

function* sendEndpoints(document, data, prepare, observer, baseUrl) {
  const initialKeys = new Set(data.map(([key]) => key));
  const chosen = [...document.allScenarios()].filter(({ weight }) => weight > 0);
  const positions = new Set(chosen.flatMap(({ steps }) => steps.flatMap(positionsOf)));
  const inScenarios = new Set([...positions].map((position) => document.endpointAt(position).name));
  for (const endpoint of document.allEndpoints()) {
    observer.setPosition('endpoint', null, null);
    clearCookies(baseUrl);
    const unmet = endpoint.needs.find(({ key }) => !initialKeys.has(key));
    if (endpoint.weight === 0) {
      observer.leaveOut(endpoint, 'excluded', 'weight 0: it is never chosen');
    } else if (unmet !== undefined) {
      const kind = inScenarios.has(endpoint.name) ? 'excluded' : 'skipped';
      observer.leaveOut(endpoint, kind, `"${unmet.text}" comes from an earlier step of a scenario`);
    } else {
      yield* sendStep(endpoint, newScope(data), prepare);
    }
  }
}

function* sendScenario(document, { name, weight, continuesOnFailure, steps }, scope, prepare, observer) {
  let failure = null;
  for (const [index, step] of steps.entries()) {
    const earlier = failure; // endpoints of the same choice do not depend on each other
    for (const position of positionsOf(step)) {
      const endpoint = document.endpointAt(position);
      observer.setPosition('scenario', name, index + 1);
      if (weight === 0) {
        observer.leaveOut(endpoint, 'excluded', 'the scenario has weight 0: it is never chosen');
      } else if (earlier !== null) {
        observer.leaveOut(endpoint, 'skipped', earlier);
      } else if (!(yield* sendStep(endpoint, scope, prepare))) {
        failure ??= `"${endpoint.name}" ended with an exception`;
      } else if (scope.missingKey !== null && !continuesOnFailure) {
        failure ??= `"${endpoint.name}" got no value for ${scope.missingKey}`;
      }
    }
  }
}

// A step that chooses one of several endpoints is tried with each of them.
function positionsOf({ endpoint, members }) {
  return members ?? [endpoint];
}

// Returns false if the request ended with an exception.
function* sendStep(endpoint, scope, prepare) {
  try {
    yield prepare(endpoint)(scope);
    return true;
  } catch {
    return false; // it was reported
  }
}
