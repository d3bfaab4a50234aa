// Reports the first failing requests of each kind. A request that succeeds costs only a comparison.

import { newBudget } from './budget.js';
import { exchangeJson, SHORT_LIMITS } from './exchange.js';
import { secretsOf } from '../send/scope.js';
import { factsOf, writeLine } from './log-line.js';

const LINE_PREFIX = 'k6-dashboard-exchange:';
const BODIES_TO_KEEP = 20;
const HEADERS_TO_CHECK = 10;
const MIN_BUDGET_FOR_BODIES = 10; // only the first 20 users have it
const ENCODING = 'Content-Encoding';

/**
 * Returns observe(endpoint, params). k6 discards bodies. After a failure whose body was discarded, the endpoint's next
 * requests keep their bodies until enough failed or 20 were sent. Until then only the first failure of a kind is
 * reported, so that the reports that may follow contain a body.
 *
 * k6 decompresses a body that is kept, and reports the response as failed if the decompression fails, for example
 * because there is no body. So only a few users keep bodies, after 10 responses without a content encoding, and never
 * for HEAD.
 * @param {import('../types.js').Run} run
 * @param {number} budget how many failures this user may report
 * @returns {import('../types.js').Observe}
 */
export function failureObserver(run, budget) {
  const reports = newBudget(budget);
  const keepsBodies = budget >= MIN_BUDGET_FOR_BODIES;
  return (endpoint, params) => {
    const counts = new Map();
    const observer = { observesAll: false, bodiesToKeep: 0, beforeRequest, afterResponse, onResponse };
    let mayKeep =
      keepsBodies && params.responseType !== 'text' && endpoint.method !== 'HEAD' && !asksForEncoding(endpoint);
    return observer;

    function beforeRequest() {
      observer.bodiesToKeep -= 1;
      const isKept = observer.bodiesToKeep > 0 && observer.bodiesToKeep < BODIES_TO_KEEP;
      params.responseType = isKept ? 'text' : 'none';
    }

    function afterResponse(response) {
      if (Object.hasOwn(response.headers, ENCODING)) {
        mayKeep = false;
        stopKeeping();
      }
    }

    function stopKeeping() {
      observer.bodiesToKeep = 0;
      params.responseType = 'none';
    }

    function onResponse(response, scope, checkResults) {
      const facts = factsOf(endpoint, response, checkResults());
      const kinds = kindsOf(facts, response);
      const isKept = mayKeep && params.responseType === 'text';
      const isEarly = mayKeep && !isKept && response.status !== 0;
      if (isEarly && observer.bodiesToKeep === 0 && reports.hasRoom(kinds, counts)) {
        observer.bodiesToKeep = BODIES_TO_KEEP + HEADERS_TO_CHECK;
        afterResponse(response);
      }
      if (!reports.hasRoom(kinds, counts, isEarly)) {
        return;
      }
      reports.spend(kinds, counts);
      if (isKept && !reports.hasRoom(kinds, counts)) {
        stopKeeping();
      }
      const secrets = secretsOf(endpoint, response, scope, run);
      writeLine(LINE_PREFIX, exchangeJson(response, facts, secrets, SHORT_LIMITS), run.secrets.values);
    }
  };
}

function asksForEncoding({ headers }) {
  return headers.some(([name]) => name.toLowerCase() === 'accept-encoding');
}

function kindsOf({ expected, checks }, response) {
  if (!expected) {
    return [response.status === 0 ? `error ${response.error_code}` : `status ${response.status}`];
  }
  return checks.filter(({ pass }) => !pass).map(({ check }) => `check ${check}`);
}
