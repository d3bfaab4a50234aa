import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { parseCsv } from '../../k6/lib/csv.js';

// Good and broken files: the dashboard must say the same of each (tests/data_files/test_agreement.py).
const FILES = JSON.parse(readFileSync(new URL('csv.json', import.meta.url), 'utf8'));

for (const { text, columns, rows, wrong } of FILES) {
  test(`${JSON.stringify(text)} ${wrong ? 'is refused' : 'is read'}`, () => {
    if (wrong) {
      assert.throws(() => parseCsv(text, 'file'), (error) => error.message.includes(wrong) || assert.fail(error.message));
      return;
    }
    const found = parseCsv(text, 'file');
    assert.deepEqual(found, { columns, rows });
  });
}
