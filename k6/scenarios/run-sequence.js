// A virtual user that goes through one scenario after the other, each chosen by weight: steps in order, with pauses.

import { sleep } from 'k6';

import { newScope } from '../lib/scope.js';
import { weightedChoice } from '../lib/select.js';

const PAUSE_S = 0.1;

// Steps that belong to several scenarios are prepared once. Each iteration begins with the data of the set-up.
export function runSequence(scenarios, prepare) {
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
    const scope = newScope(data);
    let sent = 0;
    for (const { send, pauseS } of choose(Math.random()).steps) {
      sent += send(scope) === null ? 0 : 1;
      if (pauseS > 0) {
        sleep(pauseS);
      }
    }
    if (sent === 0) {
      sleep(PAUSE_S); // without a pause this would spin
    }
  };
}
