// A fixed rate of requests, spread evenly over the operations of the endpoints file, with one check each. k6 does the
// same work with and without the dashboard. One user stands for 100 requests/s.

import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { Trend } from 'k6/metrics';

const users = Number(__ENV.VUS);
const opChecks = new Trend('op_checks');
const requests = JSON.parse(open(__ENV.ENDPOINTS_FILE)).endpoints.map(({ name, group, path }) => ({
  url: __ENV.BASE_URL + path,
  params: { tags: { name, op: name, group } },
  checkTags: { op: name, group, check: 'status is 200' },
}));

export const options = {
  discardResponseBodies: true,
  scenarios: {
    load: {
      executor: 'constant-arrival-rate',
      rate: 100 * users,
      timeUnit: '1s',
      duration: __ENV.DURATION,
      preAllocatedVUs: 10 * users,
      gracefulStop: '5s',
    },
  },
};

export default function () {
  const { url, params, checkTags } = requests[exec.scenario.iterationInTest % requests.length];
  const passed = http.get(url, params).status === 200;
  check(null, { 'status is 200': passed });
  opChecks.add(passed ? 1 : 0, checkTags);
}
