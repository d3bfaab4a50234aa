import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { lazyDocument } from '../../k6/lib/document/lazy-document.js';
import { shareDocument } from '../../k6/lib/document/shared-texts.js';

const CONTEXT = { env: (name) => `value of ${name}`, boundary: 'b', dataFile };
const FILES = { users: ['userId', 'searchTerm', 'region'], products: ['id'] };

function dataFile(name, field) {
  if (!Object.hasOwn(FILES, name)) {
    throw new Error(`${field}: no data file is named "${name}"`);
  }
  return { columns: FILES[name] };
}

const PLAIN = { name: 'A', group: 'g', type: 'rest', path: '/a' };
// Valid and invalid documents. The dashboard must agree (tests/endpoints/test_agreement.py).
const DOCUMENTS = JSON.parse(readFileSync(new URL('documents.json', import.meta.url), 'utf8')).map(
  ({ field, message, document, endpoint }) => ({
    field,
    message: message ?? '',
    document: document ?? { endpoints: [{ ...PLAIN, ...endpoint }] },
  }),
);

function share(document) {
  return shareDocument(JSON.stringify(document), CONTEXT);
}

function compileSingle(endpoint) {
  return lazyDocument(share({ endpoints: [{ ...PLAIN, ...endpoint }] }), CONTEXT).endpointAt(0);
}

test('optional fields have defaults', () => {
  const { method, weight, payload, query, headers, checks, needs, expectedStatus } = compileSingle({});
  assert.deepEqual(
    { method, weight, payload, query, headers, checks, needs, expectedStatus },
    {
      ...{ method: 'GET', weight: 1, payload: null, query: [], headers: [], checks: [], needs: [] },
      expectedStatus: undefined,
    },
  );
});

test('methods are accepted in any case', () => {
  const methods = ['get', 'POST', 'Put', 'delete', 'PATCH', 'head', 'options'];
  assert.deepEqual(
    methods.map((method) => compileSingle({ method }).method),
    ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'],
  );
});

test('a name may contain any character', () => {
  for (const name of ['a b', '"quoted"', '${x}', 'ä 🎉', '__proto__', 'a\nb']) {
    assert.equal(compileSingle({ name }).name, name);
  }
});

test('a status check passes for that status only', () => {
  const [check] = compileSingle({ checks: { status: 201 } }).checks;
  assert.equal(check.label, 'status is 201');
  assert.deepEqual([check.passes({ status: 201 }), check.passes({ status: 200 })], [true, false]);
});

test('the list of endpoints is built only for an error, not for every step', (context) => {
  const keys = context.mock.method(Map.prototype, 'keys');
  const steps = Array.from({ length: 20 }, () => ({ ref: 'A' }));
  const document = { endpoints: [PLAIN], scenarios: [{ name: 's', steps }] };
  share(document);
  assert.equal(keys.mock.callCount(), 0);
  steps[19].ref = 'B';
  assert.throws(() => share(document), /Use one of "A"/);
  assert.equal(keys.mock.callCount(), 1);
});

for (const { field, message, document } of DOCUMENTS) {
  test(`${field === null ? 'accepted' : `rejected at ${field}`}: ${JSON.stringify(document).slice(0, 150)}`, () => {
    if (field === null) {
      share(document);
    } else {
      const matches = (error) => error.message.startsWith(`${field}: `) && error.message.includes(message);
      assert.throws(
        () => share(document),
        (error) => matches(error) || assert.fail(error.message),
      );
    }
  });
}

for (const [message, text] of [
  ['the endpoints file is not valid JSON', '{"endpoints": ['],
  ['the endpoints file: must contain a JSON object', '[]'],
  ['the endpoints file: must contain a JSON object', 'null'],
]) {
  test(`${text} is rejected: ${message}`, () => {
    assert.throws(
      () => shareDocument(text, CONTEXT),
      (error) => error.message.startsWith(message) || assert.fail(error.message),
    );
  });
}

test('the example is a valid file', () => {
  const text = readFileSync(new URL('../../k6/config/endpoints.example.json', import.meta.url), 'utf8');
  assert.equal(shareDocument(text, CONTEXT).endpoints.length, 9);
});
