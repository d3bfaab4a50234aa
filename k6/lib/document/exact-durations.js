// Thresholds without a limit: they make k6's summary list the exact durations of parts of the load.

import { isValidTag } from './thresholds.js';

const MAX_EXACT_OPERATIONS = 200; // k6 compares each request with all of them

/**
 * Returns k6's option `thresholds` for the durations of the load, of each operation and of each group. Those of the load
 * leave out setup() and teardown(), which have no scenario.
 * @param {Record<string, any>} scenarios
 * @param {import('../types.js').LazyDocument} document
 * @returns {Record<string, any[]>}
 */
export function exactDurations(scenarios, document) {
  const [scenario, ...others] = Object.keys(scenarios);
  const selectors = scenario === undefined || others.length > 0 ? [] : [`scenario:${scenario}`];
  if (document.endpointClasses.reduce((sum, endpoints) => sum + endpoints.count, 0) <= MAX_EXACT_OPERATIONS) {
    const names = document.endpointNames();
    const tags = new Set(names.flatMap(({ name, group }) => [`op:${name}`, `group:${group}`]));
    selectors.push(...[...tags].filter(isValidTag));
  }
  return Object.fromEntries(selectors.map((selector) => [`http_req_duration{${selector}}`, []]));
}
