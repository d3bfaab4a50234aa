// Selects the row of a data file for an iteration. Pure.

/** @typedef {import('../types.js').RowMode} RowMode */

/** @type {Record<string, 'stop' | 'cycle'>} */
const DEFAULT_END = { order: 'cycle', unique: 'stop' };

/**
 * Returns what happens after the last row if the document does not specify it; null for modes without an end.
 * @param {RowMode} mode
 */
export function defaultEnd(mode) {
  return DEFAULT_END[mode] ?? null;
}

/**
 * Returns next(), which returns the index of a row, or -1 when all rows are used.
 *
 * `perIteration` means that every iteration takes exactly one row, so the iteration's number selects the row. Otherwise
 * each user has its own share: of N users the first takes the rows 0, N, 2N, …
 * @param {{mode: RowMode, end: 'stop' | 'cycle' | null, rows: number}} file
 * @param {boolean} perIteration
 * @param {import('../types.js').RowContext} context
 */
export function rowSelector({ mode, end, rows }, perIteration, context) {
  if (mode === 'vu') {
    return () => context.user() % rows;
  }
  if (mode === 'random') {
    return () => Math.floor(context.random() * rows);
  }
  let taken = 0;
  const position = perIteration
    ? () => context.iteration()
    : () => {
        taken += 1;
        return context.user() - 1 + (taken - 1) * context.users();
      };
  return () => {
    const index = position();
    return index < rows || end === 'cycle' ? index % rows : -1;
  };
}

/**
 * Returns the maximum number of users that k6's scenarios can have together, which is the number of shares.
 * @param {Record<string, any>} scenarios
 */
export function maxUsers(scenarios) {
  return Object.values(scenarios).reduce((sum, scenario) => sum + maxUsersOf(scenario), 0);
}

function maxUsersOf({ vus, startVUs, stages, maxVUs, preAllocatedVUs }) {
  const targets = (stages ?? []).map(({ target }) => target);
  return maxVUs ?? preAllocatedVUs ?? Math.max(1, vus ?? 0, startVUs ?? 0, ...targets);
}

/**
 * Whether every iteration takes a row of this file: each endpoint or scenario that can be chosen has a request that
 * uses the file.
 */
export function isUsedInEveryIteration(file, endpoints, scenarios) {
  const usesFile = ({ data }) => data?.name === file;
  const isInEveryChoice = ({ members }) => members.every((endpoint) => endpoint.weight === 0 || usesFile(endpoint));
  return scenarios.length > 0
    ? scenarios.every(({ weight, steps }) => weight === 0 || steps.some(isInEveryChoice))
    : endpoints.every((endpoint) => endpoint.weight === 0 || usesFile(endpoint));
}
