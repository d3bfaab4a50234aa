// The first failing requests of each kind, shown: all that is done before a request fails is to look whether it did.

import exec from 'k6/execution';

import { newAllowance } from './allowance.js';
import { SHORT, exchangeOf } from './exchange.js';
import { factsOf, report, secretsIn } from './reporting.js';

const MARK = 'k6-dashboard-exchange:';
const ASKED = 20;

// What watches the requests of one endpoint. `asked` is how many more of them keep their bodies: they are thrown away
// unread until one fails, and then the next ones are kept until another one fails or 20 did not.
export function failureWatch(run) {
  let allow = null;
  return (endpoint, params) => {
    const counts = new Map();
    const watch = { all: false, asked: 0, next, took };

    function next() {
      watch.asked -= 1;
      params.responseType = watch.asked === 0 ? 'none' : 'text';
    }

    function took(response, scope, checks) {
      allow ??= newAllowance(exec.vu.idInInstance, Math.random());
      const facts = factsOf(endpoint, response, checks());
      if (!allow(kindsOf(facts, response), counts)) {
        return;
      }
      if (params.responseType !== 'text') {
        watch.asked = ASKED;
      }
      const secrets = secretsIn(endpoint, response, scope, run);
      report(MARK, exchangeOf(response, facts, secrets, SHORT), run.secrets.values);
    }

    return watch;
  };
}

function kindsOf({ expected, checks }, response) {
  if (!expected) {
    return [response.status === 0 ? `error ${response.error_code}` : `status ${response.status}`];
  }
  return checks.filter(({ pass }) => !pass).map(({ check }) => `check ${check}`);
}
