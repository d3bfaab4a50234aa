// A virtual user that runs one scenario after the other, each chosen by weight: steps in order, with pauses.

import { sleep } from 'k6';

import { weightedChoice } from '../lib/common/weights.js';
import { countFault, countThrown } from '../lib/send/faults.js';
import { newScope } from '../lib/send/scope.js';

const SKIP_PAUSE_S = 0.1;

/**
 * Returns an iteration that runs one scenario. A scenario is prepared when it is first chosen; a step that belongs to
 * several scenarios is prepared once. Each iteration starts with the data of the setup. An exception ends it, and so
 * does a value that a response does not contain, unless the scenario continues on failure; the steps after that are
 * counted as unreached.
 * @param {import('../lib/types.js').LazyDocument} document
 * @param {import('../lib/types.js').Prepare} prepare
 * @param {import('../lib/types.js').Pending} pending
 * @param {import('../lib/types.js').LoadMarks} marks
 * @returns {import('../lib/types.js').Iteration}
 */
export function stepSequences(document, prepare, pending, marks) {
  const choose = weightedChoice(document.scenarioClasses);
  const requests = new Map();
  const scenarios = new Map();
  return (data) => {
    marks.start();
    return runSteps(scenarioAt(choose(Math.random())), 0, 0, newScope(data));
  };

  function scenarioAt(position) {
    if (!scenarios.has(position)) {
      const { steps, continuesOnFailure } = document.scenarioAt(position);
      scenarios.set(position, { continuesOnFailure, steps: steps.map(prepareStep) });
    }
    return scenarios.get(position);
  }

  /**
   * `choose` is null for a step of one endpoint.
   * @param {import('../lib/types.js').ScenarioStep} step
   */
  function prepareStep(step) {
    const pauseS = step.pauseMs / 1000;
    if (step.members === undefined) {
      return { ...requestOf(step.endpoint), choose: null, pauseS };
    }
    const { members } = step;
    const chooseMember = weightedChoice(step.classes);
    return { choose: () => requestOf(members[chooseMember(Math.random())]), pauseS };
  }

  function requestOf(position) {
    if (!requests.has(position)) {
      const endpoint = document.endpointAt(position);
      requests.set(position, { endpoint, send: prepare(endpoint) });
    }
    return requests.get(position);
  }

  // Runs the steps from `first` on. If a step has to wait for a token, the rest runs after it.
  function runSteps(scenario, first, sentBefore, scope) {
    const { steps } = scenario;
    let sent = sentBefore;
    for (let index = first; index < steps.length; index += 1) {
      const request = requestIn(steps[index]);
      let response;
      try {
        response = request.send(scope);
      } catch (error) {
        return endThrown(request, steps, index, sent, error);
      }
      if (response === pending) {
        return resumeAfter(request, scenario, index, sent, scope);
      }
      sent += pauseAfter(response, steps[index].pauseS);
      if (scope.missingKey !== null && !scenario.continuesOnFailure) {
        return endEarly(request, steps, index, sent, scope);
      }
    }
    return endIteration(sent);
  }

  function resumeAfter(request, scenario, index, sentBefore, scope) {
    const { steps } = scenario;
    const resume = (/** @type {any} */ response) => {
      const sent = sentBefore + pauseAfter(response, steps[index].pauseS);
      return scope.missingKey !== null && !scenario.continuesOnFailure
        ? endEarly(request, steps, index, sent, scope)
        : runSteps(scenario, index + 1, sent, scope);
    };
    const fail = (/** @type {any} */ error) => endThrown(request, steps, index, sentBefore, error);
    return pending.promise.then(resume, fail);
  }
}

function requestIn(step) {
  return step.choose === null ? step : step.choose();
}

function endThrown({ endpoint }, steps, index, sent, error) {
  countThrown(endpoint, error);
  leaveOut(steps, index, `"${endpoint.name}" ended with an exception`);
  return endIteration(sent);
}

function endEarly({ endpoint }, steps, index, sent, { missingKey }) {
  leaveOut(steps, index, `"${endpoint.name}" got no value for ${missingKey}`);
  return endIteration(sent);
}

function leaveOut(steps, last, reason) {
  for (const step of steps.slice(last + 1)) {
    countFault(requestIn(step).endpoint, 'unreached', reason);
  }
}

function endIteration(sent) {
  if (sent === 0) {
    sleep(SKIP_PAUSE_S); // skipped steps alone would be a busy loop
  }
  return undefined;
}

// Returns how many requests were sent: 0 or 1.
function pauseAfter(response, pauseS) {
  if (pauseS > 0) {
    sleep(pauseS);
  }
  return response === null ? 0 : 1;
}
