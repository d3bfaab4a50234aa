// Reports every request of a dry run when it is sent and when its response arrives, and every request without one.

import { isSet } from '../common/validate.js';
import { asText, lookUp } from '../document/fill.js';
import { resultOf } from '../send/response.js';
import { exchangeJson, LONG_LIMITS } from './exchange.js';
import { secretsOf } from '../send/scope.js';
import { factsOf, writeLine } from './log-line.js';
import { cutText, maskAll, spellings } from './masking.js';

const LINE_PREFIX = 'k6-dashboard-dry:';
const MAX_VALUE_CHARACTERS = 500;

/**
 * Returns observe(endpoint, params) with two more functions. setPosition sets where in the document the next requests
 * are, for their reports. leaveOut reports a request that is not sent or ends with an exception.
 * @param {import('../types.js').Run} run
 * @returns {import('../types.js').DryRunObserver}
 */
export function dryRunObserver(run) {
  const position = { part: 'endpoint', scenario: null, step: null };
  const write = (entry) => writeLine(LINE_PREFIX, JSON.stringify(entry), run.secrets.values);
  const positionOf = ({ phase }) => (phase === '' ? position : { part: phase, scenario: null, step: null });
  const headOf = ({ name, group, phase, method }) => ({ op: name, group, phase, method });
  return Object.assign(observe, { leaveOut, setPosition });

  function observe(endpoint, params) {
    // k6 would try to decompress a body, but a response to HEAD has none.
    params.responseType = endpoint.method === 'HEAD' ? 'none' : 'text';
    return {
      observesAll: true,
      bodiesToKeep: 0,
      onSend: () => write({ kind: 'began', ...positionOf(endpoint), ...headOf(endpoint), at_ms: Date.now() }),
      onSkip: (reason) => leaveOut(endpoint, 'skipped', reason),
      onResponse(response, scope, checkResults) {
        const secrets = secretsOf(endpoint, response, scope, run);
        const facts = {
          ...{ kind: 'exchange', ...positionOf(endpoint), ...factsOf(endpoint, response, checkResults()) },
          ...{ used: usedValues(endpoint, scope, secrets) },
          ...{ extracted: extractedValues(endpoint, response, scope, secrets) },
        };
        writeLine(LINE_PREFIX, exchangeJson(response, facts, secrets, LONG_LIMITS), run.secrets.values);
      },
    };
  }

  function leaveOut(endpoint, kind, reason) {
    write({
      kind,
      ...positionOf(endpoint),
      ...headOf(endpoint),
      reason: maskAll(reason, spellings(run.secrets.values)),
    });
  }

  function setPosition(part, scenario, step) {
    Object.assign(position, { part, scenario, step });
  }
}

function usedValues({ needs, columns }, { data, row }, secrets) {
  const needles = spellings(secrets.values);
  const fromData = needs.map((need) => [need.text, lookUp(data, need)]);
  const fromRow = columns.map(({ text, index }) => [text, row[index]]);
  const byName = new Map([...fromData, ...fromRow]);
  return [...byName].map(([name, value]) => ({ name, value: reportedValue(value, needles) }));
}

function extractedValues({ extract, result }, response, { data }, secrets) {
  const needles = spellings(secrets.values);
  const values = extract.map(({ key }) => ({ name: key, value: reportedValue(data.get(key), needles) }));
  if (result) {
    values.push({ name: result.key, value: reportedValue(resultOf(result, response), needles) });
  }
  return values;
}

function reportedValue(value, needles) {
  return isSet(value) ? cutText(maskAll(asText(value), needles), MAX_VALUE_CHARACTERS) : null;
}
