// The requests of bench/framework.py written by hand: the reference for k6's CPU per request without checks, templates
// or the choice of an operation.

import http from 'k6/http';

const base = __ENV.BASE_URL;
const params = { tags: { name: 'Operation', op: 'Operation', group: 'g' } };
const jsonParams = { ...params, headers: { 'Content-Type': 'application/json' } };

export const options = { scenarios: JSON.parse(__ENV.SCENARIOS), discardResponseBodies: true };

const REQUESTS = {
  static: () => http.request('GET', `${base}/op/1`, null, params),
  templated: () => {
    const number = 1 + Math.floor(Math.random() * 1000);
    const body = JSON.stringify({ id: crypto.randomUUID(), at: Date.now(), number });
    http.request('POST', `${base}/op/1?page=${number}`, body, jsonParams);
  },
};

export default REQUESTS[__ENV.REQUEST];
