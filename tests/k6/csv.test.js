import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { parseCsv } from '../../k6/lib/data/csv.js';

// Valid and invalid files. The dashboard must accept and reject the same files (tests/data_files/test_agreement.py).
const FILES = JSON.parse(readFileSync(new URL('csv.json', import.meta.url), 'utf8'));

for (const { text, columns, rows, error } of FILES) {
  test(`${JSON.stringify(text)} is ${error ? 'rejected' : 'accepted'}`, () => {
    if (error) {
      assert.throws(
        () => parseCsv(text, 'file'),
        ({ message }) => message.includes(error) || assert.fail(message),
      );
      return;
    }
    assert.deepEqual(parseCsv(text, 'file'), { columns, rows });
  });
}
