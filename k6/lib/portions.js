// Who works when only a part is wanted: so many users of each scenario, such a share of an arrival rate. Pure.

const ARRIVALS = ['constant-arrival-rate', 'ramping-arrival-rate'];

// For each scenario by name: {users, before} (its constant users, and those of the scenarios before it), {arrives: true},
// or {} for one that can be paused and nothing else.
export function portionsOf(scenarios) {
  const portions = {};
  let before = 0;
  for (const [name, { executor, vus = 1 }] of Object.entries(scenarios)) {
    if (executor === 'constant-vus') {
      portions[name] = { users: vus, before };
      before += vus;
    } else {
      portions[name] = ARRIVALS.includes(executor) ? { arrives: true } : {};
    }
  }
  return { portions, total: before };
}

// How many of a scenario's users work; over all scenarios it adds up to `target` exactly.
export function quota({ users, before }, total, target, share) {
  if (target !== null) {
    return Math.floor(((before + users) * target) / total) - Math.floor((before * target) / total);
  }
  return share === null ? users : share > 0 ? Math.max(1, Math.round(users * share)) : 0;
}

// Whether iteration `index` is one of those that make up `share` of all, evenly spread.
export function isInShare(index, share) {
  return share === null || share >= 1 || Math.floor((index + 1) * share) > Math.floor(index * share);
}
