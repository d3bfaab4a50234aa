import assert from 'node:assert/strict';
import test from 'node:test';

import { lazyDocument } from '../../k6/lib/document/lazy-document.js';
import { shareDocument } from '../../k6/lib/document/shared-texts.js';

const CONTEXT = { env: (name) => name, boundary: 'b', dataFile: () => ({ columns: ['id'] }) };
const endpoint = (name, fields = {}) => ({ name, group: 'g', path: `/${name}`, ...fields });

function open(document, context = {}) {
  return lazyDocument(shareDocument(JSON.stringify(document), { ...CONTEXT, ...context }), CONTEXT);
}

test('positions are in order of descending weight, and allEndpoints keeps the order of the document', () => {
  const weights = [1, 0, 3, null, 2.5];
  const { endpointAt, endpointClasses, allEndpoints } = open({
    endpoints: weights.map((weight, index) => endpoint(`e${index}`, { weight })),
  });
  assert.deepEqual(
    weights.map((_, position) => endpointAt(position).name),
    ['e2', 'e4', 'e0', 'e3', 'e1'],
  );
  assert.deepEqual(endpointClasses, [
    { weight: 3, count: 1 },
    { weight: 2.5, count: 1 },
    { weight: 1, count: 2 },
  ]);
  assert.deepEqual(
    allEndpoints().map(({ name }) => name),
    ['e0', 'e1', 'e2', 'e3', 'e4'],
  );
});

test('a step of several endpoints has their positions and weights, without those that are never chosen', () => {
  const document = {
    endpoints: [endpoint('light'), endpoint('heavy', { weight: 9 }), endpoint('never', { weight: 0 })],
    scenarios: [{ name: 's', steps: [{ one_of: ['never', 'light', 'heavy'] }] }],
  };
  const { scenarioAt, endpointAt } = open(document);
  const [{ members, classes }] = scenarioAt(0).steps;
  assert.deepEqual(
    members.map((position) => endpointAt(position).name),
    ['heavy', 'light'],
  );
  assert.deepEqual(classes, [
    { weight: 9, count: 1 },
    { weight: 1, count: 1 },
  ]);
});

test('the steps of a scenario refer to positions and have their pauses', () => {
  const document = {
    endpoints: [endpoint('light'), endpoint('heavy', { weight: 9 })],
    scenarios: [
      { name: 'rare', weight: 1, steps: [{ ref: 'light' }] },
      {
        ...{ name: 'frequent', weight: 2, think_time: '2s' },
        steps: [{ ref: 'light' }, { ref: 'heavy', think_time: '500ms' }, { ref: 'light' }],
      },
    ],
  };
  const { scenarioAt, endpointAt, allScenarios } = open(document);
  const { name, steps } = scenarioAt(0);
  assert.equal(name, 'frequent');
  assert.deepEqual(
    steps.map((step) => [endpointAt(step.endpoint).name, step.pauseMs]),
    [
      ['light', 2000],
      ['heavy', 500],
      ['light', 0],
    ],
  );
  assert.deepEqual(
    allScenarios().map((scenario) => scenario.name),
    ['rare', 'frequent'],
  );
});

test('endpoints of one data file share its settings', () => {
  const path = '/${row.id}';
  const document = {
    endpoints: [
      endpoint('a', { path, data_file: 'users', data_rows: 'unique' }),
      endpoint('b', { path, data_file: 'users' }),
      endpoint('c', { path, data_file: 'others' }),
    ],
  };
  const [a, b, c] = open(document).allEndpoints();
  assert.deepEqual(a.data, { name: 'users', mode: 'unique', end: 'stop', isInEveryIteration: false });
  assert.equal(a.data, b.data);
  assert.deepEqual(c.data, { name: 'others', mode: 'vu', end: null, isInEveryIteration: false });
  assert.deepEqual(open(document).dataFiles, ['users', 'others']);
});

test('the pacing, secret keys, setup and teardown are shared', () => {
  const secretResult = { result_key: 'id', result_path: 'id', result_secret: true };
  const { pacingMs, secretKeys, setup, teardown } = open({
    pacing: '1.5s',
    endpoints: [endpoint('a', { extract: { token: { header: 'X-Token', secret: true }, plain: { cookie: 'c' } } })],
    setup: [endpoint('create', secretResult)],
    teardown: [endpoint('delete', { path: '/${data.id}' })],
  });
  assert.equal(pacingMs, 1500);
  assert.deepEqual([...secretKeys], ['token', 'id']);
  assert.deepEqual(
    [...setup(), ...teardown()].map(({ phase, name }) => [phase, name]),
    [
      ['setup', 'create'],
      ['teardown', 'delete'],
    ],
  );
});

test('an error of an endpoint that is compiled late names its place in the document', () => {
  const { endpointAt } = open(
    { endpoints: [endpoint('a'), endpoint('b', { weight: 5, path: 7 })] },
    { isChecked: true },
  );
  assert.throws(() => endpointAt(0), /^Error: endpoints\[1\]\.path: must be a string/);
});

test('a file that the dashboard has checked is not checked again', () => {
  const document = { endpoints: [endpoint('a'), endpoint('a')] };
  open(document, { isChecked: true });
  assert.throws(() => open(document), /is already the name of endpoints\[0\]/);
});

test('a checked file is checked again if it needs variables of the environment', () => {
  const document = { endpoints: [endpoint('a', { path: '/${env.MISSING}' })] };
  const env = (name, field) => {
    throw new Error(`${field}: ${name} is not set`);
  };
  assert.throws(() => open(document, { isChecked: true, env }), /^Error: endpoints\[0\]\.path: MISSING is not set/);
});
