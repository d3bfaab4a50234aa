// A dry run: each endpoint by itself, then each scenario step by step, without pauses.

import http from 'k6/http';

import { runCoroutine } from '../lib/send/coroutine.js';
import { newScope } from '../lib/send/scope.js';

/** @typedef {import('../lib/types.js').CompiledDocument} CompiledDocument */

/**
 * Returns an iteration that sends every request once. Cookies are cleared between two endpoints and between two
 * scenarios, as between two iterations of a load test.
 * @param {CompiledDocument} document
 * @param {import('../lib/types.js').Prepare} prepare
 * @param {import('../lib/types.js').DryRunObserver} observer
 * @param {string} baseUrl
 * @returns {import('../lib/types.js').Iteration}
 */
export function dryRun(document, prepare, observer, baseUrl) {
  return (data) => runCoroutine(sendAll(document, data, prepare, observer, baseUrl));
}

function* sendAll({ endpoints, scenarios }, data, prepare, observer, baseUrl) {
  const initialKeys = new Set(data.map(([key]) => key));
  for (const endpoint of endpoints) {
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
  for (const scenario of scenarios) {
    const scope = newScope(data);
    http.cookieJar().clear(baseUrl);
    for (const [index, { endpoint }] of scenario.steps.entries()) {
      observer.setPosition('scenario', scenario.name, index + 1);
      if (scenario.weight === 0) {
        observer.skip(endpoint, 'the scenario has weight 0: it is never chosen');
      } else {
        yield prepare(endpoint)(scope);
      }
    }
  }
}
