// What is counted per operation besides k6's own metrics.
//
// Checks are a Trend of 1 and 0, because its histogram carries both counts (all, and zeros = failed) and a lost push
// heals; k6's own `checks` is a rate without counts. A sample is the dearest part of a request's script: checks that all
// passed share one, whose tag holds their names. Requests that were not sent are a counter with the reason.

import { check } from 'k6';
import exec from 'k6/execution';
import { Counter, Trend } from 'k6/metrics';

import { CHECK_SEPARATOR, jsonOf } from './checks.js';
import { isExpected } from './expectation.js';

const { add: addCheck } = new Trend('op_checks');
const opSkipped = new Counter('op_skipped');
const none = undefined; // k6's engine looks the global up by name, for each request
const VUS_THAT_TELL = 3; // a line for each of a thousand users says no more

// Whom a sample belongs to; steps before and after the load carry their phase.
export function tagsOf({ name, group, phase }) {
  return phase === '' ? { op: name, group } : { op: name, group, phase };
}

// Prepared once per endpoint, so that a request costs no new objects. k6's own check costs more than all the rest of a
// request's script: it is called for k6's own summary alone (`asK6Checks`), without tags and with finished answers.
// What later steps need is taken out of the response into the data on the way. `recordWell` records a response with which
// all was well, and tells whether it was: one that was not is for `recordFailed`, or for nobody, when its request goes out
// again. `results` is what each check said, for a request that is shown.
export function recorder(endpoint, asK6Checks) {
  const { checks, extract, expectedStatus } = endpoint;
  const own = tagsOf(endpoint);
  const allPassed = { ...own, check: checks.map(({ label }) => label).join(CHECK_SEPARATOR) };
  const tests = checks.map(({ passes }) => passes);
  const count = tests.length;
  const extracted = extract.length;
  const isChecked = expectedStatus !== undefined; // its check tells
  const needsJson = [...checks, ...extract].some(({ reads }) => reads === 'json');
  const recordWell = (response, scope) => {
    const json = needsJson ? jsonOf(response) : none;
    let passed = 0;
    for (let index = 0; index < count; index += 1) {
      passed += tests[index](response, json) ? 1 : 0;
    }
    if (passed !== count || !(isChecked || isExpected(none, response.status))) {
      return false;
    }
    if (asK6Checks) {
      addEach(response, json);
    } else if (passed > 0) {
      addCheck(1, allPassed);
    }
    if (extracted > 0) {
      take(response, scope, json);
    }
    return true;
  };
  return { recordWell, recordFailed, results };

  function recordFailed(response, scope) {
    const json = needsJson ? jsonOf(response) : undefined;
    addEach(response, json);
    take(response, scope, json);
  }

  function take(response, scope, json) {
    for (let index = 0; index < extracted; index += 1) {
      scope.data.set(extract[index].key, extract[index].take(response, json));
    }
  }

  function addEach(response, json) {
    for (const { label, passes } of checks) {
      const passed = passes(response, json);
      if (asK6Checks) {
        check(null, { [label]: passed });
      }
      addCheck(passed ? 1 : 0, { ...own, check: label });
    }
  }

  function results(response) {
    const json = needsJson ? jsonOf(response) : undefined;
    return checks.map(({ label, passes }) => ({ check: label, pass: passes(response, json) }));
  }
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
