// A virtual user that runs one scenario after the other, each chosen by weight: steps in order, with pauses.

import { sleep } from 'k6';

import { weightedChoice } from '../lib/load/weights.js';
import { newScope } from '../lib/send/scope.js';

const SKIP_PAUSE_S = 0.1;

/**
 * Returns an iteration that runs one scenario. A step that belongs to several scenarios is prepared once. Each
 * iteration starts with the data of the setup.
 * @param {import('../lib/types.js').Scenario[]} scenarios
 * @param {import('../lib/types.js').Prepare} prepare
 * @param {import('../lib/types.js').Pending} pending
 * @returns {import('../lib/types.js').Iteration}
 */
export function stepSequences(scenarios, prepare, pending) {
  const sends = new Map();
  const prepared = scenarios.map(({ weight, steps }) => ({
    weight,
    steps: steps.map(({ endpoint, pauseMs }) => {
      if (!sends.has(endpoint)) {
        sends.set(endpoint, prepare(endpoint));
      }
      return { send: sends.get(endpoint), pauseS: pauseMs / 1000 };
    }),
  }));
  const choose = weightedChoice(prepared, ({ weight }) => weight);
  return (data) => runSteps(choose(Math.random()).steps, 0, 0, newScope(data));

  // Runs the steps from `first` on. If a step has to wait for a token, the rest runs after it.
  function runSteps(steps, first, sentBefore, scope) {
    let sent = sentBefore;
    for (let index = first; index < steps.length; index += 1) {
      const response = steps[index].send(scope);
      if (response === pending) {
        return resumeAfter(steps, index, sent, scope);
      }
      sent += pauseAfter(response, steps[index].pauseS);
    }
    if (sent === 0) {
      sleep(SKIP_PAUSE_S); // skipped steps alone would be a busy loop
    }
    return undefined;
  }

  function resumeAfter(steps, index, sent, scope) {
    return pending.promise.then((response) =>
      runSteps(steps, index + 1, sent + pauseAfter(response, steps[index].pauseS), scope),
    );
  }
}

// Returns how many requests were sent: 0 or 1.
function pauseAfter(response, pauseS) {
  if (pauseS > 0) {
    sleep(pauseS);
  }
  return response === null ? 0 : 1;
}
