// How many users or arrivals of each scenario are active when steering reduces the load. Pure.

/** @typedef {import('../types.js').SteerableLoad} SteerableLoad */

const ARRIVAL_RATE_EXECUTORS = ['constant-arrival-rate', 'ramping-arrival-rate'];

/**
 * Returns the number of all constant users, and for each scenario by name what steering can reduce:
 * - {users, usersBefore} for constant users. `usersBefore` counts the users of the scenarios before this one.
 * - {isArrivalRate} for an arrival rate.
 * - {} if the scenario can only be paused.
 * @param {Record<string, any>} scenarios
 */
export function steerableLoads(scenarios) {
  /** @type {Record<string, SteerableLoad>} */
  const loads = {};
  let totalUsers = 0;
  for (const [name, { executor, vus = 1 }] of Object.entries(scenarios)) {
    if (executor === 'constant-vus') {
      loads[name] = { users: vus, usersBefore: totalUsers };
      totalUsers += vus;
    } else {
      loads[name] = ARRIVAL_RATE_EXECUTORS.includes(executor) ? { isArrivalRate: true } : {};
    }
  }
  return { loads, totalUsers };
}

/**
 * Returns how many users of a scenario are active. Over all scenarios the sum is exactly `target`.
 * @param {SteerableLoad} load
 * @param {number} totalUsers
 * @param {number | null} target
 * @param {number | null} share
 */
export function activeUsers({ users, usersBefore }, totalUsers, target, share) {
  if (target !== null) {
    const activeUpToHere = Math.floor(((usersBefore + users) * target) / totalUsers);
    return activeUpToHere - Math.floor((usersBefore * target) / totalUsers);
  }
  return share === null ? users : share > 0 ? Math.max(1, Math.round(users * share)) : 0;
}

/**
 * Whether iteration `index` belongs to the evenly spaced iterations that make up `share` of all.
 * @param {number} index
 * @param {number | null} share
 */
export function isInShare(index, share) {
  return share === null || share >= 1 || Math.floor((index + 1) * share) > Math.floor(index * share);
}
