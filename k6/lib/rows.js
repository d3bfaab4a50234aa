// Which row of a data file is whose turn. Pure: `world` tells which user this is and which iteration.

export const ROW_MODES = ['vu', 'random', 'order', 'unique'];
export const ROW_ENDS = ['stop', 'cycle'];
const ENDS = { order: 'cycle', unique: 'stop' }; // what happens at the end if nothing is said

export function endOf(mode) {
  return ENDS[mode] ?? null;
}

// next() gives the index of a row, or -1 when all were given out. `world`: {user(), users(), iteration(), random()}.
// `counted`: each iteration takes exactly one row, so that its number over all users is the row's. Otherwise each user has
// a share of its own: of N users the first takes the rows 0, N, 2N, …
export function rowChooser({ mode, end, rows }, counted, world) {
  if (mode === 'vu') {
    return () => world.user() % rows;
  }
  if (mode === 'random') {
    return () => Math.floor(world.random() * rows);
  }
  let taken = 0;
  const number = counted
    ? () => world.iteration()
    : () => {
        taken += 1;
        return world.user() - 1 + (taken - 1) * world.users();
      };
  return () => {
    const turn = number();
    return turn < rows || end === 'cycle' ? turn % rows : -1;
  };
}

// The most users that k6's scenarios can ever have between them: that many shares there are.
export function mostUsers(scenarios) {
  return Object.values(scenarios).reduce((sum, scenario) => sum + usersOf(scenario), 0);
}

function usersOf({ vus, startVUs, stages, maxVUs, preAllocatedVUs }) {
  return maxVUs ?? preAllocatedVUs ?? Math.max(1, vus ?? 0, startVUs ?? 0, ...(stages ?? []).map(({ target }) => target));
}

// Whether every iteration takes a row of this file: whatever is chosen, by weight, has a request that uses it.
export function isInEach(file, endpoints, scenarios) {
  const uses = ({ data }) => data?.name === file;
  return scenarios.length > 0
    ? scenarios.every(({ weight, steps }) => weight === 0 || steps.some(({ endpoint }) => uses(endpoint)))
    : endpoints.every((endpoint) => endpoint.weight === 0 || uses(endpoint));
}
