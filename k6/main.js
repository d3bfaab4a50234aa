// Entry point. Runs alone: k6 run -e LOAD_PROFILE=smoke -e BASE_URL=http://127.0.0.1:8000 k6/main.js

import { readEndpoints } from './config/endpoints.js';
import { buildOptions } from './config/options.js';
import { readAuthHeaders } from './lib/auth.js';
import { openChannel } from './lib/channel.js';
import { setUp, tearDown } from './lib/phases.js';
import { prepareRequest } from './lib/request.js';
import { steered } from './lib/steer.js';
import { checkBaseUrl } from './lib/url.js';
import { runEndpoints } from './scenarios/run-endpoints.js';
import { runSequence } from './scenarios/run-sequence.js';

const tested = readEndpoints(__ENV);

export const options = { ...buildOptions(__ENV), ...tested.options };

const run = {
  baseUrl: checkBaseUrl(__ENV.BASE_URL),
  authHeaders: await readAuthHeaders(__ENV),
  asK6Checks: __ENV.CHECKS !== 'trend', // whoever reads the op_checks Trend needs no second count
};

const prepare = (endpoint) => prepareRequest(endpoint, run);
const iterate =
  tested.scenarios.length > 0
    ? runSequence(tested.scenarios, prepare)
    : runEndpoints(tested.endpoints, tested.pacingMs, prepare);

const channel = await openChannel(__ENV);
const load = channel === null ? iterate : steered(channel, options.scenarios, iterate);

export function setup() {
  return setUp(tested.setup, tested.teardown, prepare);
}

export default function (data) {
  return load(data);
}

export function teardown(data) {
  tearDown(tested.teardown, data, prepare);
}
