// Entry point. Works without a dashboard: k6 run -e LOAD_PROFILE=smoke -e BASE_URL=http://127.0.0.1:8000 k6/main.js

import { SharedArray } from 'k6/data';
import exec from 'k6/execution';

import { readEndpoints } from './config/endpoints.js';
import { parseExact, stringify } from './lib/common/json.js';
import { loadMarks } from './lib/load/load-marks.js';
import { reportBudget } from './lib/report/budget.js';
import { textOf } from './lib/send/faults.js';
import { checkedUrl, newGate } from './lib/send/gate.js';
import { prepareRequest } from './lib/send/request.js';

/** @typedef {import('./lib/types.js').Data} Data */
/** @typedef {import('./lib/types.js').Endpoint} Endpoint */
/** @typedef {import('./lib/types.js').Run} Run */

// Every module that a user loads delays the start of a thousand users by about 0.1 s, so a user does not load modules
// for the options, the setup and the teardown. k6 numbers users from 1; 0 reads the options or runs the setup or the
// teardown.
const isUser = __VU > 0;
const isDryRun = __ENV.DRY_RUN === 'true';
const isRecorded = __ENV.CHECKS === 'trend'; // by the dashboard, which counts checks from op_checks alone
const secretNames = (__ENV.SECRETS ?? '').split(',');
/** @type {typeof import('./scenarios/phases.js')} */
const phases = isUser ? null : load('./scenarios/phases.js');
/** @type {typeof import('./lib/auth/sealed-results.js')} */
const sealedResults = secretNames.includes('SETUP_KEY') ? load('./lib/auth/sealed-results.js') : null;
/** @type {typeof import('./lib/load/steering.js')} */
const steeringModule = isDryRun || !__ENV.CHANNEL ? null : load('./lib/load/steering.js');

/** @type {import('./lib/types.js').DescribeDataFile | null} */
let describeFile = null; // set while the document is read, if it uses data files
/** @type {import('./lib/types.js').DescribeDataFile} */
const dataFile = (name, field) => {
  describeFile ??= load('./lib/data/data-files.js').dataFiles(__ENV);
  return describeFile(name, field);
};
const document = readEndpoints(__ENV, dataFile);

// Users read the refused addresses from the options, because k6 does not open files during the load.
const networkLimits = isUser ? null : load('./config/options.js').networkLimits();
const gate = newGate(__ENV.GATE, () => networkLimits ?? exec.test.options);
/** @type {(url: string, field: string) => string} */
const checkUrl = isUser ? (url) => url : (url, field) => checkedUrl(gate, url, field);

// k6 uses only the options of the first initialization.
export const options = isUser && steeringModule === null ? {} : await readOptions();

// All users share the URL that the first initialization has checked.
const [baseUrl] = new SharedArray('base URL', () => [readBaseUrl()]);
const channel = __ENV.CHANNEL ? await load('./lib/load/control-channel.js').openChannel(__ENV) : null;
const { auth, secrets } = await authenticate();
const sealing = sealedResults === null ? null : await sealedResults.readSealing(__ENV);
const isSealed = sealing !== null && document.hasSetup;
/** @type {Run} */
const run = {
  baseUrl,
  gate,
  auth,
  useK6Checks: !isRecorded,
  secrets,
  secretKeys: document.secretKeys,
  rowSource: describeFile === null ? null : load('./lib/data/data-files.js').rowSources(dataFile, channel !== null),
  hasTokenPerIteration: false,
  pending: { promise: null }, // comparing with an object costs k6's engine less than detecting a promise
  observe: null,
};
const dryRunReport = isDryRun ? load('./lib/report/dry-run.js').dryRunObserver(run) : null;
// The dashboard reads reports of single requests from the log: all of a dry run, failing ones of a load test.
run.observe = dryRunReport ?? observeFailures();

const marks = loadMarks(isRecorded && !isDryRun);
const control =
  steeringModule === null ? null : steeringModule.steering(channel, options.scenarios, auth.tokens, marks);
const iteration = isDryRun
  ? load('./scenarios/dry-run.js').dryRun(document, prepareAwaitable, dryRunReport, run.baseUrl)
  : loadIteration();

/** @param {string} path */
function load(path) {
  return require(import.meta.resolve(path));
}

// Users share the fixed headers and what is masked in reports. The tokens are each user's own.
async function authenticate() {
  /** @type {() => typeof import('./lib/auth/auth.js')} */
  const module = () => load('./lib/auth/auth.js');
  const own = isUser ? null : await module().readAuth(__ENV, channel, checkUrl);
  const secrets = own === null ? null : await module().readSecrets(__ENV, own.headers);
  const share = () => [JSON.stringify({ headers: own.headers, hasTokens: own.tokens !== null, secrets })];
  const shared = JSON.parse(new SharedArray('authentication', share)[0]);
  const auth = own ?? (shared.hasTokens ? await module().readAuth(__ENV, channel, checkUrl) : null);
  return { auth: auth ?? { headers: shared.headers, tokens: null }, secrets: shared.secrets };
}

function readBaseUrl() {
  return checkUrl(load('./lib/common/base-url.js').checkBaseUrl(__ENV.BASE_URL), 'BASE_URL');
}

// A dry run is a single iteration, which the caller requests with --vus 1 --iterations 1.
async function readOptions() {
  const loadOptions = isDryRun ? null : load('./config/options.js').buildOptions(__ENV);
  return {
    ...loadOptions,
    noSetup: !isDryRun && !document.hasSetup, // k6 counts the time of an empty setup() in its rates
    ...(isRecorded ? recordedThresholds(loadOptions?.scenarios ?? {}) : sloThresholds()),
    ...document.options,
    ...networkLimits,
    ...(await load('./lib/auth/certificate.js').readCertificate(__ENV)),
  };
}

// k6 ignores the options of a user, so a user need not read the names of all endpoints for them.
function recordedThresholds(scenarios) {
  return isUser ? {} : { thresholds: load('./lib/document/exact-durations.js').exactDurations(scenarios, document) };
}

// Without a dashboard, k6 itself judges the run.
function sloThresholds() {
  /** @type {typeof import('./lib/document/thresholds.js')} */
  const { thresholdsOf } = load('./lib/document/thresholds.js');
  const judged = isDryRun ? null : thresholdsOf(document.slos(), load('./config/options.js').profileName(__ENV));
  if (judged === null) {
    return {};
  }
  if (load('./lib/common/first-initialization.js').isFirstInitialization('SLOs')) {
    console.info(judged.message);
  }
  return { thresholds: judged.thresholds };
}

// Only some of a thousand users may report failures.
function observeFailures() {
  const budget = __ENV.SAMPLES === 'failures' ? reportBudget(__VU, Math.random()) : 0;
  return budget > 0 ? load('./lib/report/failures.js').failureObserver(run, budget) : null;
}

// A steered user that sends single requests gets a current token before each iteration. Each step of a scenario
// checks its token itself, because a scenario may outlast the lifetime of a token.
function loadIteration() {
  if (document.scenarioClasses.length > 0) {
    const { stepSequences } = load('./scenarios/step-sequences.js');
    const iterate = stepSequences(document, (endpoint) => prepareRequest(endpoint, run), run.pending, marks);
    return control === null ? iterate : steeringModule.withSteering(control, iterate);
  }
  const { randomRequests } = load('./scenarios/random-requests.js');
  const settings = { ...run, hasTokenPerIteration: control !== null };
  const prepare = (/** @type {Endpoint} */ endpoint) => prepareRequest(endpoint, settings);
  return randomRequests(document, prepare, run.pending, control, marks);
}

// setup() returns a text, because k6's own JSON would round numbers.
function parseResults(text) {
  return text ? parseExact(text) : [];
}

function withParsedData(iterate) {
  /** @type {Data | null} */
  let data = null;
  return (/** @type {string} */ text) => {
    data ??= parseResults(text);
    return iterate(data);
  };
}

/**
 * For requests that are sent rarely: a request that has to wait for a token returns a promise.
 * @type {import('./lib/types.js').Prepare}
 */
function prepareAwaitable(endpoint) {
  const send = prepareRequest(endpoint, run);
  const fail = (/** @type {unknown} */ error) => {
    dryRunReport?.leaveOut(endpoint, 'thrown', textOf(error));
    throw error;
  };
  return (scope) => {
    try {
      const response = send(scope);
      return response === run.pending ? run.pending.promise.catch(fail) : response;
    } catch (error) {
      return fail(error);
    }
  };
}

// Returns a promise only if the steps do: k6 reports a rejected promise with another exit code than a thrown error.
export function setup() {
  const data = phases.runSetup(document.setup(), document.teardown(), prepareAwaitable);
  const pack = /** @type {(data: Data) => any} */ (isSealed ? sealing.seal : stringify);
  return data instanceof Promise ? data.then(pack) : pack(data);
}

// Without a setup there is no data, and no function between k6 and the iteration.
const withData = document.hasSetup || isDryRun ? withParsedData(iteration) : iteration;
export default isSealed ? sealedResults.withOpenedData(sealing.open, iteration) : withData;

/** @param {any} data what setup() returned */
export function teardown(data) {
  marks.end();
  const run = (/** @type {Data} */ results) => phases.runTeardown(document.teardown(), results, prepareAwaitable);
  return isSealed ? sealing.open(data).then(run) : run(parseResults(data));
}
