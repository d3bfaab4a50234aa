// A dry run: each endpoint by itself, then each scenario step by step, without pauses.

import http from 'k6/http';

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
  const initialKeys = new Set(data.map(([key]) => key));
  for (const endpoint of document.allEndpoints()) {
    observer.setPosition('endpoint', null, null);
    http.cookieJar().clear(baseUrl);
    const unmet = endpoint.needs.find(({ key }) => !initialKeys.has(key));
    if (endpoint.weight === 0) {
      observer.skip(endpoint, 'weight 0: it is never chosen');
    } else if (unmet !== undefined) {
      observer.skip(endpoint, `"${unmet.text}" comes from an earlier step of a scenario`);
    } else {
      yield prepare(endpoint)(newScope(data));
    }
  }
  for (const scenario of document.allScenarios()) {
    const scope = newScope(data);
    http.cookieJar().clear(baseUrl);
    for (const [index, step] of scenario.steps.entries()) {
      const endpoint = document.endpointAt(step.endpoint);
      observer.setPosition('scenario', scenario.name, index + 1);
      if (scenario.weight === 0) {
        observer.skip(endpoint, 'the scenario has weight 0: it is never chosen');
      } else {
        yield prepare(endpoint)(scope);
      }
    }
  }
}
