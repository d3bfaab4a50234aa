import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { checkBaseUrl } from '../../k6/lib/common/base-url.js';
import { hostOf, splitUrl } from '../../k6/lib/common/urls.js';
import { parseTemplate } from '../../k6/lib/document/template.js';
import { fillUrl, urlTemplate } from '../../k6/lib/send/url.js';

for (const [base, path, url] of [
  ['http://h:1', '/a', 'http://h:1/a'],
  ['http://h:1/', '/a', 'http://h:1/a'],
  ['https://h/v1//', 'a/b', 'https://h/v1/a/b'],
  ['http://[::1]:80', '', 'http://[::1]:80'],
  ['http://h', '?q=1', 'http://h?q=1'],
  ['http://h', '/a b?q=x y"<>', 'http://h/a%20b?q=x%20y%22%3C%3E'],
  ['http://h', '/é/🎉', 'http://h/%C3%A9/%F0%9F%8E%89'],
  ['http://h', '/a%20b', 'http://h/a%20b'],
  ['http://h', '/$${id}', 'http://h/$%7Bid%7D'],
  ['http://h', '/a\r\nHost: evil', 'http://h/a%0D%0AHost:%20evil'],
]) {
  test(`${base} and ${JSON.stringify(path)} make ${url}`, () => {
    assert.equal(fillUrl(urlTemplate(checkBaseUrl(base), parseTemplate(path, 'path', null)), null), url);
  });
}

for (const [text, message] of [
  [undefined, /BASE_URL: not set/],
  ['  ', /BASE_URL: not set/],
  ['localhost:8000', /BASE_URL: "localhost:8000" must look like/],
  ['ftp://h', /BASE_URL/],
  ['http://', /BASE_URL/],
  ['http://user:pass@h', /BASE_URL: .*without user/],
  ['http://h?x=1', /BASE_URL/],
  ['http://h/#x', /BASE_URL/],
  ['http://h h', /BASE_URL/],
]) {
  test(`BASE_URL ${JSON.stringify(text)} is rejected`, () => {
    assert.throws(() => checkBaseUrl(text), message);
  });
}

const VECTORS = JSON.parse(readFileSync(new URL('../text-vectors.json', import.meta.url), 'utf8'));

for (const { url, host } of VECTORS.targets) {
  test(`the host of ${url} is ${host}`, () => {
    const text = url.replace(/<<(.+?)\*(\d+)>>/g, (_all, part, count) => part.repeat(Number(count)));
    if (host === null) {
      assert.throws(() => checkBaseUrl(text), /^Error: BASE_URL: /);
    } else {
      assert.equal(hostOf(splitUrl(checkBaseUrl(text))).host.replace(/^\[(.*)\]$/, '$1'), host);
    }
  });
}
