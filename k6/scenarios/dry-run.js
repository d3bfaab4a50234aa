// One pass over everything: each endpoint alone, then each scenario step by step, without pauses.

import http from 'k6/http';

import { newScope } from '../lib/scope.js';

const NEVER = 'weight 0: it is never chosen';

// Cookies go between two parts, as they do between two iterations of a load.
export function dryRun({ endpoints, scenarios }, prepare, watch, baseUrl) {
  return async (data) => {
    const given = new Set(data.map(([key]) => key));
    for (const endpoint of endpoints) {
      watch.place('endpoint', null, null);
      http.cookieJar().clear(baseUrl);
      const later = endpoint.needs.find(({ key }) => !given.has(key));
      if (endpoint.weight === 0) {
        watch.left(endpoint, NEVER);
      } else if (later !== undefined) {
        watch.left(endpoint, `"${later.text}" comes from an earlier step of a scenario`);
      } else {
        await prepare(endpoint)(newScope(data));
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
          await prepare(endpoint)(scope);
        }
      }
    }
  };
}
