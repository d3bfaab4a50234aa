// What is counted per operation besides k6's own metrics.
//
// Checks are a Trend of 1 and 0, because its histogram carries both counts (all, and zeros = failed) and a lost push
// heals; k6's own `checks` is a rate without counts. Requests that were not sent are a counter with the reason.

import { check } from 'k6';
import exec from 'k6/execution';
import { Counter, Trend } from 'k6/metrics';

import { jsonOf } from './checks.js';
import { isExpected } from './expectation.js';

const opChecks = new Trend('op_checks');
const opSkipped = new Counter('op_skipped');
const VUS_THAT_TELL = 3; // a line for each of a thousand users says no more

// Whom a sample belongs to; steps before and after the load carry their phase.
export function tagsOf({ name, group, phase }) {
  return phase === '' ? { op: name, group } : { op: name, group, phase };
}

// Prepared once per endpoint, so that a request costs no new objects. k6's own check costs more than all the rest of a
// request's script: it is called for k6's own summary alone (`asK6Checks`), without tags and with finished answers.
// What later steps need is taken out of the response into the data on the way. Tells whether all was well; `results` is
// what each check said, for a request that is shown.
export function recorder(endpoint, asK6Checks) {
  const { checks, extract, expectedStatus } = endpoint;
  const own = tagsOf(endpoint);
  const prepared = checks.map(({ label, passes }) => ({
    passes,
    passed: { [label]: true },
    failed: { [label]: false },
    tags: { ...own, check: label },
  }));
  const isChecked = expectedStatus !== undefined; // its check tells
  const needsJson = [...checks, ...extract].some(({ reads }) => reads === 'json');
  const record = (response, data) => {
    let well = isChecked || isExpected(undefined, response.status);
    const json = needsJson ? jsonOf(response) : undefined;
    for (let index = 0; index < prepared.length; index += 1) {
      const one = prepared[index];
      const passed = one.passes(response, json);
      if (asK6Checks) {
        check(null, passed ? one.passed : one.failed);
      }
      opChecks.add(passed ? 1 : 0, one.tags);
      well = well && passed;
    }
    for (let index = 0; index < extract.length; index += 1) {
      data.set(extract[index].key, extract[index].take(response, json));
    }
    return well;
  };
  const results = (response) => {
    const json = needsJson ? jsonOf(response) : undefined;
    return checks.map(({ label, passes }) => ({ check: label, pass: passes(response, json) }));
  };
  return { record, results };
}

// Counts requests that were not sent for want of a value, and says so once per operation and value.
export function skipRecorder(endpoint) {
  const tags = tagsOf(endpoint);
  const told = new Set();
  return (missing) => {
    opSkipped.add(1, { ...tags, reason: `no value for ${missing}` });
    if (!told.has(missing)) {
      told.add(missing);
      if (endpoint.phase !== '' || exec.vu.idInInstance <= VUS_THAT_TELL) {
        console.warn(`${tags.op}: not sent, there is no value for "${missing}"; op_skipped counts how often`);
      }
    }
  };
}
