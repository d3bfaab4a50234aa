// Entry point. Runs alone: k6 run -e LOAD_PROFILE=smoke -e BASE_URL=http://127.0.0.1:8000 k6/main.js

import { readEndpoints } from './config/endpoints.js';
import { buildOptions } from './config/options.js';
import { readAuth, readSecrets } from './lib/auth.js';
import { readCertificate } from './lib/certificate.js';
import { openChannel } from './lib/channel.js';
import { dataFolder, rowTakers } from './lib/data.js';
import { dryWatch } from './lib/dry-watch.js';
import { failureWatch } from './lib/failure-watch.js';
import { setUp, tearDown } from './lib/phases.js';
import { prepareRequest } from './lib/request.js';
import { steered, steering } from './lib/steer.js';
import { checkBaseUrl } from './lib/url.js';
import { dryRun } from './scenarios/dry-run.js';
import { runEndpoints } from './scenarios/run-endpoints.js';
import { runSequence } from './scenarios/run-sequence.js';

const DRY_PATIENCE_MS = 10_000; // nobody wants to watch one request for a minute

const dataFile = dataFolder(__ENV);
const tested = readEndpoints(__ENV, dataFile);
const dry = __ENV.DRY_RUN === 'true';

// A dry run is one iteration; whoever starts it says so (--vus 1 --iterations 1).
export const options = { ...(dry ? {} : buildOptions(__ENV)), ...tested.options, ...(await readCertificate(__ENV)) };

const channel = await openChannel(__ENV);
const auth = await readAuth(__ENV, channel);
const run = {
  baseUrl: checkBaseUrl(__ENV.BASE_URL),
  auth,
  asK6Checks: __ENV.CHECKS !== 'trend', // whoever reads the op_checks Trend needs no second count
  secrets: await readSecrets(__ENV, auth.headers),
  secretKeys: tested.secretKeys,
  takerOf: rowTakers(dataFile, Boolean(__ENV.CHANNEL)),
  patienceMs: dry ? DRY_PATIENCE_MS : null,
  tokenComesFirst: false,
  later: { promise: null }, // to tell a promise from a response costs k6's engine more than a response's checks
};
// What shows single requests: all of a dry run, failing ones for a dashboard that reads the log.
run.watch = dry ? dryWatch(run) : __ENV.SAMPLES === 'failures' ? failureWatch(run) : null;

const control = channel === null || dry ? null : steering(channel, options.scenarios, auth.tokens);
const load = dry ? dryRun(tested, waitable, run.watch, run.baseUrl) : iteration();

// Of single requests a steered user has the token before each; steps of a scenario may take longer than it lives.
function iteration() {
  if (tested.scenarios.length > 0) {
    const iterate = runSequence(tested.scenarios, (endpoint) => prepareRequest(endpoint, run), run.later);
    return control === null ? iterate : steered(control, iterate);
  }
  const told = { ...run, tokenComesFirst: control !== null };
  return runEndpoints(tested.endpoints, tested.pacingMs, (endpoint) => prepareRequest(endpoint, told), run.later, control);
}

// For what is not done often: a request that has to wait for a token gives a promise.
function waitable(endpoint) {
  const send = prepareRequest(endpoint, run);
  return (scope) => {
    const response = send(scope);
    return response === run.later ? run.later.promise : response;
  };
}

export function setup() {
  return setUp(tested.setup, tested.teardown, waitable);
}

export default load;

export function teardown(data) {
  return tearDown(tested.teardown, data, waitable);
}
