// A load in which some requests never get an answer. faults.json beside this file lists them: `name`, `path`, the share
// in all requests (`weight`), and where they differ `base` (another address than BASE_URL) and `timeout`.

import http from 'k6/http';

const faults = JSON.parse(open('./faults.json'));
const turns = faults.flatMap((fault) => Array(fault.weight).fill(fault));

export const options = {
  scenarios: {
    load: { executor: 'constant-vus', vus: Number(__ENV.VUS), duration: __ENV.DURATION, gracefulStop: '5s' },
  },
};

export default function () {
  const { name, base = __ENV.BASE_URL, path, timeout = '60s' } = turns[(__ITER + 7 * __VU) % turns.length];
  http.get(`${base}${path}`, { timeout, tags: { name, op: name, group: 'faults' } });
}
