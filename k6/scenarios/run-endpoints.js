// A virtual user that sends one request after the other, each chosen by weight.

import { weightedChoice } from '../lib/select.js';

export function runEndpoints(endpoints, prepare) {
  const requests = endpoints.map((endpoint) => ({ weight: endpoint.weight, send: prepare(endpoint) }));
  const choose = weightedChoice(requests, (request) => request.weight);
  return () => {
    choose(Math.random()).send();
  };
}
