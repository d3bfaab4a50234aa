// Checks per operation. A Trend of 1 and 0, because its histogram carries both counts (all, and zeros = failed) and
// a lost push heals; k6's own `checks` is a rate without counts.

import { check } from 'k6';
import { Trend } from 'k6/metrics';

const opChecks = new Trend('op_checks');

// Prepared once per endpoint, so that a request costs no new objects.
export function checkRecorder(name, group, checks) {
  const prepared = checks.map(({ label, passes }) => ({
    passes,
    sets: { [label]: passes },
    tags: { op: name, group },
    trendTags: { op: name, group, check: label },
  }));
  return (response) => {
    for (const one of prepared) {
      opChecks.add(check(response, one.sets, one.tags) ? 1 : 0, one.trendTags);
    }
  };
}
