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
      took(response, scope, checks) {
        const secrets = secretsIn(endpoint, response, scope, run);
        const facts = { kind: 'exchange', ...placeOf(endpoint), ...factsOf(endpoint, response, checks()) };
        const variables = { used: usedBy(endpoint, scope, secrets), extracted: gainedBy(endpoint, response, scope, secrets) };
        report(MARK, exchangeOf(response, { ...facts, ...variables }, secrets, LONG), run.secrets.values);
      },
    };
  }

  watch.left = (endpoint, reason) => tell({ kind: 'skipped', ...placeOf(endpoint), ...own(endpoint), reason });
  watch.place = (part, scenario, step) => Object.assign(at, { part, scenario, step });
  return watch;
}

function usedBy({ needs, columns }, { data, row }, secrets) {
  const needles = spellings(secrets.values);
  const values = needs.map((need) => [need.text, lookUp(data, need)]);
  const cells = columns.map(({ text, index }) => [text, row[index]]);
  return [...new Map([...values, ...cells])].map(([name, value]) => ({ name, value: shown(value, needles) }));
}

function gainedBy({ extract, result }, response, { data }, secrets) {
  const needles = spellings(secrets.values);
  const gained = extract.map(({ key }) => ({ name: key, value: shown(data.get(key), needles) }));
  return result ? [...gained, { name: result.key, value: shown(resultOf(result, response), needles) }] : gained;
}

function shown(value, needles) {
  return isGiven(value) ? cutText(maskText(asText(value), needles), MOST_VALUE) : null;
}
