// One pass over everything: each endpoint alone, then each scenario step by step, without pauses.

import http from 'k6/http';

import { newScope } from '../lib/scope.js';
import { drive } from '../lib/waiting.js';

// Cookies go between two parts, as they do between two iterations of a load.
export function dryRun(tested, prepare, watch, baseUrl) {
  return (data) => drive(pass(tested, data, prepare, watch, baseUrl));
}

function* pass({ endpoints, scenarios }, data, prepare, watch, baseUrl) {
  const given = new Set(data.map(([key]) => key));
  for (const endpoint of endpoints) {
    watch.place('endpoint', null, null);
    http.cookieJar().clear(baseUrl);
    const later = endpoint.needs.find(({ key }) => !given.has(key));
    if (endpoint.weight === 0) {
      watch.left(endpoint, 'weight 0: it is never chosen');
    } else if (later !== undefined) {
      watch.left(endpoint, `"${later.text}" comes from an earlier step of a scenario`);
    } else {
      yield prepare(endpoint)(newScope(data));
    }
  }
  for (const scenario of scenarios) {
    const scope = newScope(data);
    http.cookieJar().clear(baseUrl);
    for (const [index, { endpoint }] of scenario.steps.entries()) {
      watch.place('scenario', scenario.name, index + 1);
      if (scenario.weight === 0) {
        watch.left(endpoint, 'the scenario has weight 0: it is never chosen');
      } else {
        yield prepare(endpoint)(scope);
      }
    }
  }
}
