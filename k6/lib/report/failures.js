// Reports the first failing requests of each kind. A request that succeeds costs only a comparison.

import { newBudget } from './budget.js';
import { exchangeJson, SHORT_LIMITS } from './exchange.js';
import { secretsOf } from '../send/scope.js';
import { factsOf, writeLine } from './log-line.js';

const LINE_PREFIX = 'k6-dashboard-exchange:';
const BODIES_TO_KEEP = 20;
const HEADERS_TO_CHECK = 10;
const ENCODING = 'Content-Encoding';

/**
 * Returns observe(endpoint, params). k6 discards bodies. After a failure whose body was discarded, the endpoint's next
 * requests keep their bodies until another one fails or 20 have succeeded.
 *
 * A body that is kept is also decompressed, and k6 reports a response as failed if that fails, for example without a body.
 * So bodies are kept only after 10 responses without a content encoding, and never for HEAD.
 * @param {import('../types.js').Run} run
 * @param {number} budget how many failures this user may report
 * @returns {import('../types.js').Observe}
 */
export function failureObserver(run, budget) {
  const mayReport = newBudget(budget);
  return (endpoint, params) => {
    const counts = new Map();
    const observer = { observesAll: false, bodiesToKeep: 0, beforeRequest, afterResponse, onResponse };
    let mayKeep = params.responseType !== 'text' && endpoint.method !== 'HEAD' && !asksForEncoding(endpoint);
    return observer;

    function beforeRequest() {
      observer.bodiesToKeep -= 1;
      const isKept = observer.bodiesToKeep > 0 && observer.bodiesToKeep < BODIES_TO_KEEP;
      params.responseType = isKept ? 'text' : 'none';
    }

    function afterResponse(response) {
      if (Object.hasOwn(response.headers, ENCODING)) {
        mayKeep = false;
        observer.bodiesToKeep = 0;
        params.responseType = 'none';
      }
    }

    function onResponse(response, scope, checkResults) {
      const facts = factsOf(endpoint, response, checkResults());
      if (!mayReport(kindsOf(facts, response), counts)) {
        return;
      }
      if (mayKeep && observer.bodiesToKeep === 0 && params.responseType !== 'text') {
        observer.bodiesToKeep = BODIES_TO_KEEP + HEADERS_TO_CHECK;
        afterResponse(response);
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
