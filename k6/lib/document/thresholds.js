// The SLOs of the document as k6 thresholds, for k6 without a dashboard. Pure.
//
// k6 judges the samples of the whole run, with a refused connection as 0 ms and a metric without samples as 0. So the
// limits come with two more thresholds: at least one request was sent, and at least one was answered.

import { isSet } from '../common/validate.js';

/** @typedef {Record<string, number | null>} Limits by SLO key */
/** @typedef {{run: Limits, profiles: Record<string, Limits>, groups: Record<string, Limits>, operations: Record<string, Limits>, options: string[]}} DocumentSlos */

/** @type {Record<string, [metric: string, expression: string]>} */
const CONDITIONS = {
  p50_ms: ['http_req_duration', 'p(50)<='],
  p95_ms: ['http_req_duration', 'p(95)<='],
  p99_ms: ['http_req_duration', 'p(99)<='],
  avg_ms: ['http_req_duration', 'avg<='],
  error_rate: ['http_req_failed', 'rate<='],
  checks_rate: ['op_checks', 'avg>='], // a Trend of 1 and 0 with the tags of the operation
  rps: ['http_reqs', 'rate>='],
};
const GUARDS = [
  ['http_reqs', 'count>0'],
  ['http_req_failed', 'rate<1'],
];

/**
 * Returns the SLOs of a document. `options` are the fields of slo_options that are set.
 * @param {any} document
 * @returns {DocumentSlos}
 */
export function slosOf(document) {
  const operations = document.endpoints.filter(({ slos }) => isSet(slos)).map(({ name, slos }) => [name, slos]);
  return {
    run: document.slos ?? {},
    profiles: document.slo_profiles ?? {},
    groups: document.slo_groups ?? {},
    operations: Object.fromEntries(operations),
    options: Object.entries(document.slo_options ?? {}).flatMap(([name, value]) => (isSet(value) ? [name] : [])),
  };
}

/**
 * Returns k6's option `thresholds` for a profile, and the sentence that describes them; null without SLOs.
 * @param {DocumentSlos} slos
 * @param {string} profile
 * @returns {{thresholds: Record<string, string[]>, message: string} | null}
 */
export function thresholdsOf(slos, profile) {
  const scopes = [
    { name: '', tag: '', limits: { ...slos.run, ...slos.profiles[profile] } },
    ...Object.entries(slos.operations).map(([name, limits]) => ({ name, tag: `op:${name}`, limits })),
    ...Object.entries(slos.groups).map(([name, limits]) => ({ name: `group ${name}`, tag: `group:${name}`, limits })),
  ];
  /** @type {Map<string, string[]>} */
  const thresholds = new Map();
  const applied = [];
  const omitted = slos.options.map((option) => `slo_options.${option}`);
  for (const { name, tag, limits } of scopes) {
    const set = Object.entries(limits).filter(([, limit]) => isSet(limit));
    const [usable, unusable] = split(set, ([key]) => key in CONDITIONS && isValidTag(tag));
    const label = name === '' ? '' : `${name}: `;
    usable.forEach(([key, limit]) => add(thresholds, CONDITIONS[key][0], tag, `${CONDITIONS[key][1]}${limit}`));
    if (usable.length > 0) {
      GUARDS.forEach(([metric, expression]) => add(thresholds, metric, tag, expression));
      applied.push(label + usable.map(([key, limit]) => `${key} ${limit}`).join(', '));
    }
    omitted.push(...unusable.map(([key]) => label + key));
  }
  if (applied.length + omitted.length === 0) {
    return null;
  }
  return { thresholds: Object.fromEntries(thresholds), message: describe(applied, omitted) };
}

function describe(applied, omitted) {
  const first = applied.length > 0 ? `SLOs as thresholds: ${applied.join('; ')}.` : 'No SLO is a threshold.';
  return omitted.length > 0 ? `${first} k6 alone cannot apply ${omitted.join('; ')}: use bin/dashboard run.` : first;
}

function add(thresholds, metric, tag, expression) {
  const key = tag === '' ? metric : `${metric}{${tag}}`;
  thresholds.set(key, [...(thresholds.get(key) ?? []), expression]);
}

/**
 * Returns whether k6 can select the samples with a tag: it splits tags at commas, and removes blanks and quotes around a
 * value.
 * @param {string} tag
 */
export function isValidTag(tag) {
  const value = tag.slice(tag.indexOf(':') + 1);
  return !value.includes(',') && value === value.replace(/^[\s"'`]+|[\s"'`]+$/g, '');
}

function split(items, accepts) {
  return [items.filter(accepts), items.filter((item) => !accepts(item))];
}
