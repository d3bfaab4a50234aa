// A load in which some requests get no response. faults.json next to this file lists the requests: `name`, `path`,
// `weight`, and optionally `base` (instead of BASE_URL) and `timeout`.

import http from 'k6/http';

const faults = JSON.parse(open('./faults.json'));
const requests = faults.flatMap((fault) => Array(fault.weight).fill(fault));

export const options = {
  scenarios: {
    load: { executor: 'constant-vus', vus: Number(__ENV.VUS), duration: __ENV.DURATION, gracefulStop: '5s' },
  },
};

export default function () {
  const { name, base = __ENV.BASE_URL, path, timeout = '60s' } = requests[(__ITER + 7 * __VU) % requests.length];
  http.get(`${base}${path}`, { timeout, tags: { name, op: name, group: 'faults' } });
}
