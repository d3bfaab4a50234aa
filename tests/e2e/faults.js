// A load in which some requests never get an answer. The endpoints file gives each one's share (`weight`), and beside
// the usual fields `base` (another address than BASE_URL) and `timeout`.

import http from 'k6/http';

const { endpoints } = JSON.parse(open(__ENV.ENDPOINTS_FILE));
const turns = endpoints.flatMap((endpoint) => Array(endpoint.weight).fill(endpoint));

export const options = {
  scenarios: {
    load: { executor: 'constant-vus', vus: Number(__ENV.VUS), duration: __ENV.DURATION, gracefulStop: '5s' },
  },
};

export default function () {
  const { name, group, base = __ENV.BASE_URL, path, timeout = '60s' } = turns[(__ITER + 7 * __VU) % turns.length];
  http.get(`${base}${path}`, { timeout, tags: { name, op: name, group } });
}
