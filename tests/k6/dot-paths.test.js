import assert from 'node:assert/strict';
import test from 'node:test';

import { parsePath, readPath } from '../../k6/lib/common/dot-paths.js';

for (const [text, parts] of [
  ['data', ['data']],
  ['data.users[0].id', ['data', 'users', '0', 'id']],
  ['data.users.0.id', ['data', 'users', '0', 'id']],
  ['[0][1].a b.ü', ['0', '1', 'a b', 'ü']],
  ['$', []],
  ['$.data.users[0].id', ['data', 'users', '0', 'id']],
  ['$[0].id', ['0', 'id']],
  ['$.$.a', ['$', 'a']],
  ['a.$', ['a', '$']],
  ['$a', ['$a']],
  ['$.', null],
  ['$..a', null],
  ['', null],
  ['.a', null],
  ['a.', null],
  ['a..b', null],
  ['a[-1]', null],
  ['a[]', null],
  ['a[0]b', null],
  ['x'.repeat(501), null],
  [5, null],
]) {
  test(`parsePath(${JSON.stringify(text).slice(0, 60)})`, () => assert.deepEqual(parsePath(text), parts));
}

test('a path that starts with $ means the same as one without it', () => {
  const value = { a: [{ b: 7 }], $: { a: 8 } };
  const read = (path) => readPath(value, parsePath(path));
  assert.equal(read('$'), value);
  assert.equal(read('$.a[0].b'), 7);
  assert.equal(read('$.$.a'), 8);
});

test('readPath returns own properties only', () => {
  const value = JSON.parse('{"a": [{"b": null, "__proto__": 7}], "t": "text"}');
  const read = (path) => readPath(value, parsePath(path));
  assert.equal(read('a[0].b'), null);
  assert.equal(read('a[0].__proto__'), 7);
  for (const path of ['a[1]', 'a.length', 'constructor', '__proto__', 't.length', 't[0]', 'a[0].b.c']) {
    assert.equal(read(path), undefined);
  }
});
