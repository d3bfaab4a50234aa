// A virtual user that sends one request after the other, each chosen by weight.

import { sleep } from 'k6';

import { newScope } from '../lib/scope.js';
import { weightedChoice } from '../lib/select.js';

const PAUSE_S = 0.1;
const { random } = Math; // a look at a global object for each request costs more
const clock = Date.now;
const none = undefined;

// `control` is null, or says whether an iteration begins: while nothing but work is to be done, two comparisons.
export function runEndpoints(endpoints, pacingMs, prepare, later, control) {
  // each request stands alone: there is no later step that a value could be taken out for
  const requests = endpoints.map((endpoint) => ({ weight: endpoint.weight, send: prepare({ ...endpoint, extract: [] }) }));
  const choose = weightedChoice(requests, (request) => request.weight);
  const usesRows = endpoints.some(({ data }) => data !== null);
  const pacingS = pacingMs / 1000;
  let scope = null;
  // This runs for every request: what it calls costs more than what it does.
  const iterate = (data, isChosen) => {
    if (control !== null && isChosen !== true) {
      const now = clock();
      if (now >= control.until || now < control.from) {
        return control.look(data, now, iterate);
      }
    }
    if (scope === null) {
      scope = newScope(data);
    }
    if (usesRows) {
      scope.rows.clear();
    }
    const response = choose(random()).send(scope);
    if (response === later) {
      return later.promise.then(pause);
    }
    if (pacingS > 0 || response === null) {
      pause(response);
    }
    return none;
  };
  return iterate;

  function pause(response) {
    const sent = response !== null;
    if (pacingS > 0 || !sent) {
      sleep(sent ? pacingS : Math.max(pacingS, PAUSE_S)); // without a pause skipped requests would spin
    }
  }
}
