import assert from 'node:assert/strict';
import { test } from 'node:test';

import { slosOf, thresholdsOf } from '../../k6/lib/document/thresholds.js';

const ALL = { p50_ms: 1, p95_ms: 2, p99_ms: 3, avg_ms: 4, error_rate: 0.5, checks_rate: 0.9, rps: 7 };

function judge(document, profile = 'smoke') {
  return thresholdsOf(slosOf({ endpoints: [], ...document }), profile);
}

test('each key becomes a threshold, and a run without answered requests fails', () => {
  assert.deepEqual(judge({ slos: ALL }).thresholds, {
    http_req_duration: ['p(50)<=1', 'p(95)<=2', 'p(99)<=3', 'avg<=4'],
    http_req_failed: ['rate<=0.5', 'rate<1'],
    op_checks: ['avg>=0.9'],
    http_reqs: ['rate>=7', 'count>0'],
  });
});

for (const [key, limit, metric, expression] of [
  ['p50_ms', 0.0000001, 'http_req_duration', 'p(50)<=1e-7'],
  ['p95_ms', 1e21, 'http_req_duration', 'p(95)<=1e+21'],
  ['p99_ms', 250.5, 'http_req_duration', 'p(99)<=250.5'],
  ['error_rate', 0, 'http_req_failed', 'rate<=0'],
  ['checks_rate', 1, 'op_checks', 'avg>=1'],
  ['rps', 12, 'http_reqs', 'rate>=12'],
]) {
  test(`${key} ${limit} keeps its limit`, () => {
    assert.equal(judge({ slos: { [key]: limit } }).thresholds[metric][0], expression);
  });
}

test('operations and groups have thresholds of their own', () => {
  const endpoints = [{ name: 'List: all', slos: { p95_ms: 5 } }, { name: 'Other' }];
  const { thresholds, message } = judge({ endpoints, slo_groups: { orders: { error_rate: 0.1 } } });
  assert.deepEqual(thresholds, {
    'http_req_duration{op:List: all}': ['p(95)<=5'],
    'http_reqs{op:List: all}': ['count>0'],
    'http_req_failed{op:List: all}': ['rate<1'],
    'http_req_failed{group:orders}': ['rate<=0.1', 'rate<1'],
    'http_reqs{group:orders}': ['count>0'],
  });
  assert.equal(message, 'SLOs as thresholds: List: all: p95_ms 5; group orders: error_rate 0.1.');
});

test('a profile overrides and removes limits', () => {
  const document = { slos: { p95_ms: 5, rps: 3 }, slo_profiles: { stress: { p95_ms: null, rps: 9 } } };
  assert.deepEqual(judge(document, 'stress').thresholds, {
    http_reqs: ['rate>=9', 'count>0'],
    http_req_failed: ['rate<1'],
  });
  assert.deepEqual(judge(document, 'smoke').thresholds.http_req_duration, ['p(95)<=5']);
});

for (const [name, document, omitted] of [
  ['Apdex', { slos: { apdex_score: 0.9, rps: 1 } }, 'apdex_score'],
  [
    'options',
    { slos: { rps: 1 }, slo_options: { skip: 'ramp', abort: { window: '30s' } } },
    'slo_options.skip; slo_options.abort',
  ],
  ['a comma', { endpoints: [{ name: 'a,b', slos: { rps: 1 } }] }, 'a,b: rps'],
  ['a quote', { endpoints: [{ name: '"a"', slos: { rps: 1 } }] }, '"a": rps'],
  ['a blank', { slo_groups: { ' a': { rps: 1 } }, slos: { rps: 1 } }, 'group  a: rps'],
]) {
  test(`what k6 cannot apply is named: ${name}`, () => {
    assert.match(
      judge(document).message,
      new RegExp(`k6 alone cannot apply ${omitted.replace(/[.]/g, '\\.')}: use bin/dashboard run\\.$`),
    );
  });
}

test('a document without SLOs has no thresholds and no message', () => {
  assert.equal(judge({}), null);
  assert.equal(judge({ slos: { p95_ms: null } }), null);
});
