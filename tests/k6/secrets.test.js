import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { isSecretName } from '../../k6/lib/common/secret-names.js';
import { exchangeJson, LONG } from '../../k6/lib/report/exchange.js';
import { maskBody, maskHeader, maskAll } from '../../k6/lib/report/masking.js';

const VECTORS = JSON.parse(readFileSync(new URL('../secrets.json', import.meta.url)));
const NONE = { values: [], headers: [] };

for (const name of VECTORS.secret_names) {
  test(`the name of a secret: ${name}`, () => assert.ok(isSecretName(name)));
}

for (const name of VECTORS.plain_names) {
  test(`an ordinary name: ${name}`, () => assert.ok(!isSecretName(name)));
}

for (const [name, value, masked] of VECTORS.headers) {
  test(`a header: ${name}: ${value}`, () => assert.equal(maskHeader(name, value, [], []), masked));
}

for (const [text, masked] of VECTORS.texts) {
  test(`a text: ${text}`, () => {
    assert.equal(maskBody(text, [], 1000), masked);
    assert.equal(maskAll(text, []), masked);
  });
  test(`an exchange with the text: ${text}`, () => {
    const request = { method: 'POST', url: `http://h/${text}`, headers: { A: [text] }, body: text };
    const response = { status: 500, error: text, headers: { B: text }, body: text, timings: { duration: 1 }, request };
    assert.doesNotMatch(
      exchangeJson(response, { op: 'A', checks: [{ check: text, pass: false }] }, NONE, LONG),
      /canary/,
    );
  });
}

test('a long text is masked in a short time', () => {
  for (const part of ['=', ':', '"', '\\', 'a', 'a=', '"a":', '{"token":[', 'http://', '<a>', 'name="a"\r\n']) {
    const start = performance.now();
    maskBody(part.repeat(Math.ceil(64_000 / part.length)), [], 64_000);
    assert.ok(performance.now() - start < 1000, part);
  }
});
