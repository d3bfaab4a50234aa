// The requests of bench/framework.py as anybody would write them by hand, and nothing else: what k6's CPU for a
// request is without checks, templates and choice.

import http from 'k6/http';

const base = __ENV.BASE_URL;
const params = { tags: { name: 'Operation', op: 'Operation', group: 'g' } };
const posted = { ...params, headers: { 'Content-Type': 'application/json' } };

export const options = { scenarios: JSON.parse(__ENV.SCENARIOS), discardResponseBodies: true };

const REQUESTS = {
  static: () => http.request('GET', `${base}/op/1`, null, params),
  templated: () => {
    const number = 1 + Math.floor(Math.random() * 1000);
    const body = JSON.stringify({ id: crypto.randomUUID(), at: Date.now(), number });
    http.request('POST', `${base}/op/1?page=${number}`, body, posted);
  },
};

export default REQUESTS[__ENV.REQUEST];
