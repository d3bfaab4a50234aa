// Reports the first failing requests of each kind. A request that succeeds costs only a comparison.

import { newBudget } from './budget.js';
import { exchangeJson, SHORT_LIMITS } from './exchange.js';
import { secretsOf } from '../send/scope.js';
import { factsOf, writeLine } from './log-line.js';

const LINE_PREFIX = 'k6-dashboard-exchange:';
const BODIES_TO_KEEP = 20;

/**
 * Returns observe(endpoint, params). k6 discards bodies. After a failure whose body was discarded, the endpoint's next
 * requests keep their bodies until another one fails or 20 have succeeded.
 * @param {import('../types.js').Run} run
 * @param {number} budget how many failures this user may report
 * @returns {import('../types.js').Observe}
 */
export function failureObserver(run, budget) {
  const mayReport = newBudget(budget);
  return (endpoint, params) => {
    const counts = new Map();
    const observer = { observesAll: false, bodiesToKeep: 0, countKeptBody, onResponse };
    return observer;

    function countKeptBody() {
      observer.bodiesToKeep -= 1;
      params.responseType = observer.bodiesToKeep === 0 ? 'none' : 'text';
    }

    function onResponse(response, scope, checkResults) {
      const facts = factsOf(endpoint, response, checkResults());
      if (!mayReport(kindsOf(facts, response), counts)) {
        return;
      }
      if (params.responseType !== 'text') {
        observer.bodiesToKeep = BODIES_TO_KEEP;
      }
      const secrets = secretsOf(endpoint, response, scope, run);
      writeLine(LINE_PREFIX, exchangeJson(response, facts, secrets, SHORT_LIMITS), run.secrets.values);
    }
  };
}

function kindsOf({ expected, checks }, response) {
  if (!expected) {
    return [response.status === 0 ? `error ${response.error_code}` : `status ${response.status}`];
  }
  return checks.filter(({ pass }) => !pass).map(({ check }) => `check ${check}`);
}
