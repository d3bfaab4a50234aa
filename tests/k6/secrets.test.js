import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { isSecretName } from '../../k6/lib/common/secret-names.js';
import { exchangeJson, LONG_LIMITS } from '../../k6/lib/report/exchange.js';
import { maskBody, maskHeader, maskAll } from '../../k6/lib/report/masking.js';

const VECTORS = JSON.parse(readFileSync(new URL('../secrets.json', import.meta.url)));
const NO_SECRETS = { values: [], headers: [] };

for (const name of VECTORS.secret_names) {
  test(`${name} is the name of a secret`, () => assert.ok(isSecretName(name)));
}

for (const name of VECTORS.plain_names) {
  test(`${name} is not the name of a secret`, () => assert.ok(!isSecretName(name)));
}

for (const [name, value, masked] of VECTORS.headers) {
  test(`secrets in the header ${name} are masked: ${value}`, () =>
    assert.equal(maskHeader(name, value, [], []), masked));
}

for (const [text, masked] of VECTORS.texts) {
  test(`secrets in a text are masked: ${text}`, () => {
    assert.equal(maskBody(text, [], 1000), masked);
    assert.equal(maskAll(text, []), masked);
  });
  test(`secrets in an exchange are masked: ${text}`, () => {
    const request = { method: 'POST', url: `http://h/${text}`, headers: { A: [text] }, body: text };
    const response = { status: 500, error: text, headers: { B: text }, body: text, timings: { duration: 1 }, request };
    assert.doesNotMatch(
      exchangeJson(response, { op: 'A', checks: [{ check: text, pass: false }] }, NO_SECRETS, LONG_LIMITS),
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
