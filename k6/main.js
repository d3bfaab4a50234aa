// Entry point. Works without a dashboard: k6 run -e LOAD_PROFILE=smoke -e BASE_URL=http://127.0.0.1:8000 k6/main.js

import { readEndpoints } from './config/endpoints.js';
import { buildOptions } from './config/options.js';
import { readAuth, readSecrets } from './lib/auth/auth.js';
import { readCertificate } from './lib/auth/certificate.js';
import { readSealing, withOpenedData } from './lib/auth/sealed-results.js';
import { checkBaseUrl } from './lib/common/urls.js';
import { dataFiles, rowSources } from './lib/data/data-files.js';
import { openChannel } from './lib/load/control-channel.js';
import { steering, withSteering } from './lib/load/steering.js';
import { dryRunObserver } from './lib/report/dry-run.js';
import { failureObserver } from './lib/report/failures.js';
import { prepareRequest } from './lib/send/request.js';
import { dryRun } from './scenarios/dry-run.js';
import { runSetup, runTeardown } from './scenarios/phases.js';
import { randomRequests } from './scenarios/random-requests.js';
import { stepSequences } from './scenarios/step-sequences.js';

/** @typedef {import('./lib/types.js').Data} Data */
/** @typedef {import('./lib/types.js').Endpoint} Endpoint */
/** @typedef {import('./lib/types.js').Run} Run */

const DRY_RUN_TIMEOUT_MS = 10_000; // people wait for a dry run, so k6's default of 60 s is too long

const dataFile = dataFiles(__ENV);
const document = readEndpoints(__ENV, dataFile);
const isDryRun = __ENV.DRY_RUN === 'true';

// A dry run is a single iteration, which the caller requests with --vus 1 --iterations 1.
export const options = {
  ...(isDryRun ? {} : buildOptions(__ENV)),
  ...document.options,
  ...(await readCertificate(__ENV)),
};

const channel = await openChannel(__ENV);
const auth = await readAuth(__ENV, channel);
const sealing = await readSealing(__ENV);
/** @type {Run} */
const run = {
  baseUrl: checkBaseUrl(__ENV.BASE_URL),
  auth,
  useK6Checks: __ENV.CHECKS !== 'trend', // the dashboard counts checks from op_checks alone
  secrets: await readSecrets(__ENV, auth.headers),
  secretKeys: document.secretKeys,
  rowSource: rowSources(dataFile, channel !== null),
  timeoutMs: isDryRun ? DRY_RUN_TIMEOUT_MS : null,
  hasTokenPerIteration: false,
  pending: { promise: null }, // comparing with an object costs k6's engine less than detecting a promise
  observe: null,
};
const dryRunReport = isDryRun ? dryRunObserver(run) : null;
// The dashboard reads reports of single requests from the log: all of a dry run, failing ones of a load test.
run.observe = dryRunReport ?? (__ENV.SAMPLES === 'failures' ? failureObserver(run) : null);

const control = channel === null || isDryRun ? null : steering(channel, options.scenarios, auth.tokens);
const iteration = isDryRun ? dryRun(document, prepareAwaitable, dryRunReport, run.baseUrl) : loadIteration();

// A steered user that sends single requests gets a current token before each iteration. Each step of a scenario
// checks its token itself, because a scenario may outlast the lifetime of a token.
function loadIteration() {
  if (document.scenarioClasses.length > 0) {
    const iterate = stepSequences(document, (endpoint) => prepareRequest(endpoint, run), run.pending);
    return control === null ? iterate : withSteering(control, iterate);
  }
  const settings = { ...run, hasTokenPerIteration: control !== null };
  const prepare = (/** @type {Endpoint} */ endpoint) => prepareRequest(endpoint, settings);
  return randomRequests(document, prepare, run.pending, control);
}

/**
 * For requests that are sent rarely: a request that has to wait for a token returns a promise.
 * @type {import('./lib/types.js').Prepare}
 */
function prepareAwaitable(endpoint) {
  const send = prepareRequest(endpoint, run);
  return (scope) => {
    const response = send(scope);
    return response === run.pending ? run.pending.promise : response;
  };
}

// A promise only where there is one: k6 reports a rejected promise with another exit code than a thrown error.
export function setup() {
  const data = runSetup(document.setup(), document.teardown(), prepareAwaitable);
  if (sealing === null) {
    return data;
  }
  return data instanceof Promise ? data.then(sealing.seal) : sealing.seal(data);
}

export default sealing === null ? iteration : withOpenedData(sealing.open, iteration);

/** @param {any} data what setup() returned */
export function teardown(data) {
  const run = (/** @type {Data} */ results) => runTeardown(document.teardown(), results, prepareAwaitable);
  return sealing === null ? run(data) : sealing.open(data).then(run);
}
