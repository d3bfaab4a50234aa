// A virtual user that sends one request after the other, each chosen by weight.

import { sleep } from 'k6';

import { newScope } from '../lib/scope.js';
import { weightedChoice } from '../lib/select.js';

const PAUSE_S = 0.1;

export function runEndpoints(endpoints, prepare) {
  const requests = endpoints.map((endpoint) => ({ weight: endpoint.weight, send: prepare(endpoint) }));
  const choose = weightedChoice(requests, (request) => request.weight);
  const scope = newScope([]);
  return () => {
    if (choose(Math.random()).send(scope) === null) {
      sleep(PAUSE_S); // nothing was sent: without a pause this would spin
    }
  };
}
