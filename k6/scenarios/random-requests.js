// A virtual user that sends one request after the other, each chosen by weight.

import { sleep } from 'k6';

import { weightedChoice } from '../lib/common/weights.js';
import { countThrown } from '../lib/send/faults.js';
import { newScope } from '../lib/send/scope.js';

/** @typedef {import('../lib/types.js').Iteration} Iteration */

const SKIP_PAUSE_S = 0.1;
const { random } = Math; // constants, because k6's engine looks globals up by name for every request
const clock = Date.now;
const none = undefined;

/**
 * @param {import('../lib/types.js').LazyDocument} document
 * @param {import('../lib/types.js').Prepare} prepare
 * @param {import('../lib/types.js').Pending} pending
 * @param {import('../lib/types.js').Control | null} control decides whether an iteration may start; null starts all
 * @param {import('../lib/types.js').LoadMarks} marks
 * @returns {Iteration}
 */
export function randomRequests(document, prepare, pending, control, marks) {
  const { endpointClasses, endpointAt, pacingMs, dataFiles } = document;
  const choose = weightedChoice(endpointClasses);
  /** @type {((scope: any) => any)[]} */
  const sends = []; // by position; a request is prepared when it is first chosen
  const usesRows = dataFiles.length > 0;
  const pacingS = pacingMs / 1000;
  let scope = null;
  // This runs for every request. A function call costs more than the code here, so while the control's state is known
  // it is checked with two comparisons.
  /** @type {Iteration} */
  const iterate = (data, mayStart) => {
    if (control !== null && mayStart !== true) {
      const now = clock();
      if (now >= control.until || now < control.from) {
        return control.begin(data, now, iterate);
      }
    }
    if (scope === null) {
      marks.start();
      scope = newScope(data);
    }
    if (usesRows) {
      scope.rows.clear();
    }
    const position = choose(random());
    let response = null;
    try {
      response = (sends[position] ?? prepareAt(position))(scope);
    } catch (error) {
      countThrown(endpointAt(position), error);
    }
    if (response === pending) {
      return settle(position);
    }
    if (pacingS > 0 || response === null) {
      pause(response);
    }
    return none;
  };
  return iterate;

  // Each request is independent: no later step needs a value from its response, so extracting one is only a check.
  function prepareAt(position) {
    const endpoint = endpointAt(position);
    sends[position] = prepare({ ...endpoint, checks: [...endpoint.checks, ...endpoint.extract], extract: [] });
    return sends[position];
  }

  // A function of its own, because a variable that a function inside `iterate` captured would cost an object per request.
  function settle(position) {
    return pending.promise.then(pause, (error) => {
      countThrown(endpointAt(position), error);
      pause(null);
    });
  }

  function pause(response) {
    const isSent = response !== null;
    if (pacingS > 0 || !isSent) {
      sleep(isSent ? pacingS : Math.max(pacingS, SKIP_PAUSE_S)); // skipped requests alone would be a busy loop
    }
  }
}
