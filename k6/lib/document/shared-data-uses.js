// Whether endpoints that share a data file agree on its use.

import { assertValid, isSet } from '../common/validate.js';
import { defaultEnd, isUsedInEveryIteration } from '../data/rows.js';

/** @typedef {import('../types.js').DataUse} DataUse */

/**
 * Returns the settings of each data file by name. They apply to all endpoints that use the file.
 * @param {any} document whose endpoints and scenarios are valid
 * @returns {Record<string, DataUse>}
 */
export function mergeDataUses(document) {
  const endpoints = document.endpoints.map((endpoint, index) => ({
    weight: endpoint.weight ?? 1,
    data: isSet(endpoint.data_file) ? ownSettings(endpoint, `endpoints[${index}]`) : null,
  }));
  const byName = new Map(document.endpoints.map(({ name }, index) => [name, endpoints[index]]));
  const scenarios = (document.scenarios ?? []).map(({ weight, steps }) => ({
    weight: weight ?? 1,
    steps: steps.map(({ ref, one_of: names }) => ({ members: (names ?? [ref]).map((name) => byName.get(name)) })),
  }));
  const names = new Set(endpoints.flatMap(({ data }) => (data === null ? [] : [data.name])));
  return Object.fromEntries([...names].map((name) => [name, mergeUsesOf(name, endpoints, scenarios)]));
}

function ownSettings({ data_file: name, data_rows: rows, data_end: end }, field) {
  return { name, field, rows: rows ?? null, end: end ?? null };
}

/** @returns {DataUse} */
function mergeUsesOf(name, endpoints, scenarios) {
  const uses = endpoints.map(({ data }) => data).filter((data) => data?.name === name);
  const mode = commonSetting(uses, 'rows') ?? 'vu';
  const end = commonSetting(uses, 'end');
  const withEnd = uses.find((use) => use.end !== null);
  const isAllowed = end === null || defaultEnd(mode) !== null;
  assertValid(isAllowed, `${withEnd?.field}.data_end`, 'requires data_rows "order" or "unique"');
  const isInEveryIteration = isUsedInEveryIteration(name, endpoints, scenarios);
  return { name, mode, end: end ?? defaultEnd(mode), isInEveryIteration };
}

function commonSetting(uses, key) {
  const first = uses.find((use) => use[key] !== null);
  const other = uses.find((use) => use[key] !== null && use[key] !== first[key]);
  assertValid(
    other === undefined,
    `${other?.field}.data_${key}`,
    `differs from ${first?.field}, which uses the same data file`,
  );
  return first === undefined ? null : first[key];
}
