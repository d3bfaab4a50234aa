import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { compileDocument, parseEndpoints } from '../../k6/lib/endpoints.js';

const CONTEXT = { env: (name) => `value of ${name}`, boundary: 'b', dataFile };
const FILES = { users: ['userId', 'searchTerm', 'region'], products: ['id'] };

function dataFile(name, place) {
  if (!Object.hasOwn(FILES, name)) {
    throw new Error(`${place}: there is no data file "${name}"`);
  }
  return { columns: FILES[name] };
}

const PLAIN = { name: 'A', group: 'g', type: 'rest', path: '/a' };
// Good and broken documents: the dashboard must say the same of each (tests/endpoints/test_agreement.py).
const DOCUMENTS = JSON.parse(readFileSync(new URL('documents.json', import.meta.url), 'utf8')).map(
  ({ place, says, document, endpoint }) => ({ place, says: says ?? '', document: document ?? { endpoints: [{ ...PLAIN, ...endpoint }] } }),
);

function compiled(endpoint) {
  return compileDocument({ endpoints: [{ ...PLAIN, ...endpoint }] }, CONTEXT).endpoints[0];
}

test('what may be left out has its default', () => {
  const { method, weight, payload, query, headers, checks, needs, expectedStatus } = compiled({});
  assert.deepEqual(
    { method, weight, payload, query, headers, checks, needs, expectedStatus },
    { method: 'GET', weight: 1, payload: null, query: [], headers: [], checks: [], needs: [], expectedStatus: undefined },
  );
});

test('every verb is known, in any case', () => {
  const verbs = ['get', 'POST', 'Put', 'delete', 'PATCH', 'head', 'options'];
  assert.deepEqual(
    verbs.map((method) => compiled({ method }).method),
    ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'],
  );
});

test('a name may hold any character', () => {
  for (const name of ['a b', '"quoted"', '${x}', 'ä 🎉', '__proto__', 'a\nb']) {
    assert.equal(compiled({ name }).name, name);
  }
});

test('a status check passes for that status alone', () => {
  const [check] = compiled({ checks: { status: 201 } }).checks;
  assert.equal(check.label, 'status is 201');
  assert.deepEqual([check.passes({ status: 201 }), check.passes({ status: 200 })], [true, false]);
});

test('the endpoints that there are are listed for a refusal alone, not for each step of each user', (context) => {
  const listed = context.mock.method(Map.prototype, 'keys');
  const steps = Array.from({ length: 20 }, () => ({ ref: 'A' }));
  const document = { endpoints: [PLAIN], scenarios: [{ name: 's', steps }] };
  compileDocument(document, CONTEXT);
  assert.equal(listed.mock.callCount(), 0);
  steps[19].ref = 'B';
  assert.throws(() => compileDocument(document, CONTEXT), /name one of "A"/);
  assert.equal(listed.mock.callCount(), 1);
});

for (const { place, says, document } of DOCUMENTS) {
  test(`${place === null ? 'accepted' : `refused at ${place}`}: ${JSON.stringify(document).slice(0, 150)}`, () => {
    if (place === null) {
      compileDocument(document, CONTEXT);
    } else {
      const told = ({ message }) => (message.startsWith(`${place}: `) && message.includes(says)) || assert.fail(message);
      assert.throws(() => compileDocument(document, CONTEXT), told);
    }
  });
}

for (const [words, text] of [
  ['the endpoints file is not valid JSON', '{"endpoints": ['],
  ['the endpoints file: must hold a JSON object', '[]'],
  ['the endpoints file: must hold a JSON object', 'null'],
]) {
  test(`a broken file is refused: ${words} for ${text}`, () => {
    assert.throws(() => parseEndpoints(text, CONTEXT), (error) => error.message.startsWith(words) || assert.fail(error.message));
  });
}

test('the example is a valid file', () => {
  const text = readFileSync(new URL('../../k6/config/endpoints.example.json', import.meta.url), 'utf8');
  assert.equal(parseEndpoints(text, CONTEXT).endpoints.length, 9);
});
