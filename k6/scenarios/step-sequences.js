// A virtual user that runs one scenario after the other, each chosen by weight: steps in order, with pauses.

import { sleep } from 'k6';

import { weightedChoice } from '../lib/common/weights.js';
import { newScope } from '../lib/send/scope.js';

const SKIP_PAUSE_S = 0.1;

/**
 * Returns an iteration that runs one scenario. A scenario is prepared when it is first chosen; a step that belongs to
 * several scenarios is prepared once. Each iteration starts with the data of the setup.
 * @param {import('../lib/types.js').LazyDocument} document
 * @param {import('../lib/types.js').Prepare} prepare
 * @param {import('../lib/types.js').Pending} pending
 * @param {import('../lib/types.js').LoadMarks} marks
 * @returns {import('../lib/types.js').Iteration}
 */
export function stepSequences(document, prepare, pending, marks) {
  const choose = weightedChoice(document.scenarioClasses);
  const sends = new Map();
  const scenarios = new Map();
  return (data) => {
    marks.start();
    return runSteps(stepsAt(choose(Math.random())), 0, 0, newScope(data));
  };

  function stepsAt(position) {
    if (!scenarios.has(position)) {
      const { steps } = document.scenarioAt(position);
      const prepared = steps.map(({ endpoint, pauseMs }) => ({ send: sendOf(endpoint), pauseS: pauseMs / 1000 }));
      scenarios.set(position, prepared);
    }
    return scenarios.get(position);
  }

  function sendOf(endpoint) {
    if (!sends.has(endpoint)) {
      sends.set(endpoint, prepare(document.endpointAt(endpoint)));
    }
    return sends.get(endpoint);
  }

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
