// Every request of a dry run, shown as it begins and when it is answered, and every one that was left out.

import { cutText, maskText, spellings } from './masking.js';
import { LONG, exchangeOf } from './exchange.js';
import { factsOf, report, resultOf, secretsIn } from './reporting.js';
import { isGiven } from './reading.js';
import { asText, lookUp } from './template.js';

const MARK = 'k6-dashboard-dry:';
const MOST_VALUE = 500;

// `place` is where in the document a request stands; steps before and after the load stand in their phase.
export function dryWatch(run) {
  const at = { part: 'endpoint', scenario: null, step: null };
  const tell = (entry) => report(MARK, JSON.stringify(entry), run.secrets.values);
  const placeOf = (endpoint) => (endpoint.phase === '' ? at : { part: endpoint.phase, scenario: null, step: null });
  const own = ({ name, group, phase, method }) => ({ op: name, group, phase, method });

  function watch(endpoint, params) {
    params.responseType = 'text';
    return {
      all: true,
      asked: 0,
      began: () => tell({ kind: 'began', ...placeOf(endpoint), ...own(endpoint), at_ms: Date.now() }),
      left: (reason) => watch.left(endpoint, reason),
      took(response, data, checks) {
        const secrets = secretsIn(endpoint, response, data, run);
        const facts = { kind: 'exchange', ...placeOf(endpoint), ...factsOf(endpoint, response, checks()) };
        const variables = { used: usedBy(endpoint, data, secrets), extracted: gainedBy(endpoint, response, data, secrets) };
        report(MARK, exchangeOf(response, { ...facts, ...variables }, secrets, LONG), run.secrets.values);
      },
    };
  }

  watch.left = (endpoint, reason) => tell({ kind: 'skipped', ...placeOf(endpoint), ...own(endpoint), reason });
  watch.place = (part, scenario, step) => Object.assign(at, { part, scenario, step });
  return watch;
}

function usedBy(endpoint, data, secrets) {
  const needles = spellings(secrets.values);
  return endpoint.needs.map((need) => ({ name: need.text, value: shown(lookUp(data, need), needles) }));
}

function gainedBy({ extract, result }, response, data, secrets) {
  const needles = spellings(secrets.values);
  const gained = extract.map(({ key }) => ({ name: key, value: shown(data.get(key), needles) }));
  return result ? [...gained, { name: result.key, value: shown(resultOf(result, response), needles) }] : gained;
}

function shown(value, needles) {
  return isGiven(value) ? cutText(maskText(asText(value), needles), MOST_VALUE) : null;
}
