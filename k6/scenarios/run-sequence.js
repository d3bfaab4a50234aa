// A virtual user that goes through one scenario after the other, each chosen by weight: steps in order, with pauses.

import { sleep } from 'k6';

import { newScope } from '../lib/scope.js';
import { weightedChoice } from '../lib/select.js';

const PAUSE_S = 0.1;

// Steps that belong to several scenarios are prepared once. Each iteration begins with the data of the set-up.
export function runSequence(scenarios, prepare, later) {
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
  return (data) => {
    return goOn(choose(Math.random()).steps, 0, 0, newScope(data));
  };

  // The steps from `first` on. One that has to wait for a token goes on from there when it has come.
  function goOn(steps, first, sentBefore, scope) {
    let sent = sentBefore;
    for (let index = first; index < steps.length; index += 1) {
      const response = steps[index].send(scope);
      if (response === later) {
        return goOnLater(steps, index, sent, scope);
      }
      sent += pause(response, steps[index].pauseS);
    }
    if (sent === 0) {
      sleep(PAUSE_S); // without a pause this would spin
    }
    return undefined;
  }

  function goOnLater(steps, index, sent, scope) {
    return later.promise.then((late) => goOn(steps, index + 1, sent + pause(late, steps[index].pauseS), scope));
  }
}

// How many requests that was: 0 or 1.
function pause(response, pauseS) {
  if (pauseS > 0) {
    sleep(pauseS);
  }
  return response === null ? 0 : 1;
}
