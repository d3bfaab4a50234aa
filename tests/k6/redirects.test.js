import assert from 'node:assert/strict';
import test from 'node:test';

import { networkLimits } from '../../k6/config/options.js';
import { isSecretName } from '../../k6/lib/common/secret-names.js';
import { newGate } from '../../k6/lib/send/gate.js';
import { redirectFollower } from '../../k6/lib/send/redirects.js';

const START = 'http://shop.test/start';
const HEADERS = {
  Authorization: 'Bearer t',
  'X-API-Key': 'k',
  Cookie: 'a=b',
  Accept: '*/*',
  'Content-Type': 'text/plain',
};

function response(status, location, duration = 10) {
  const timings = { blocked: 0, connecting: 0, tls_handshaking: 0, duration };
  return {
    status,
    headers: location === undefined ? {} : { Location: location },
    timings,
    request: status,
    cookies: {},
  };
}

/** Follows from a first response; `rest` are the responses of the hops. Returns the sent hops and the result. */
function follow(first, rest, { method = 'GET', headers = HEADERS, gate = '', limit = 10, timeout = 1000 } = {}) {
  const sent = [];
  const send = (hopMethod, url, body, params) => {
    sent.push({ method: hopMethod, url, body, headers: params.headers, timeout: params.timeout });
    return rest[sent.length - 1] ?? response(200);
  };
  const deps = { send, gate: newGate(gate, networkLimits), limit };
  const request = { method, url: START, body: 'data', params: { headers, timeout, tags: { op: 'a' } } };
  const result = redirectFollower(deps)(first, request, (name) => isSecretName(name));
  return { sent, result };
}

for (const [status, method, hop] of [
  [301, 'GET', 'GET'],
  [302, 'POST', 'GET'],
  [303, 'PUT', 'GET'],
  [302, 'HEAD', 'HEAD'],
  [307, 'POST', 'POST'],
  [308, 'DELETE', 'DELETE'],
]) {
  test(`after ${status} a ${method} becomes a ${hop}`, () => {
    const { sent } = follow(response(status, '/next'), [], { method });
    const keepsBody = status >= 307;
    assert.deepEqual([sent[0].method, sent[0].body], [hop, keepsBody ? 'data' : null]);
    assert.equal('Content-Type' in sent[0].headers, keepsBody);
  });
}

for (const [location, keeps] of [
  ['/next', true],
  ['http://shop.test:80/next', true],
  ['http://SHOP.test/next', true],
  ['https://shop.test/next', false],
  ['http://shop.test:81/next', false],
  ['http://sub.shop.test/next', false],
  ['//other.test/', false],
]) {
  test(`secret headers ${keeps ? 'follow' : 'do not follow'} to ${location}`, () => {
    const { sent } = follow(response(302, location), []);
    const names = Object.keys(sent[0].headers);
    for (const name of ['Authorization', 'X-API-Key', 'Cookie']) {
      assert.equal(names.includes(name), keeps, name);
    }
    assert.ok(names.includes('Accept'));
  });
}

test('secret headers are not sent again after a return to the first origin', () => {
  const { sent } = follow(response(302, 'http://other.test/'), [response(302, START), response(200)]);
  assert.deepEqual(
    sent.map(({ headers }) => 'Authorization' in headers),
    [false, false],
  );
});

test('a downgrade drops secret headers and the referer', () => {
  const { sent } = follow(response(302, 'https://shop.test/'), [response(302, START)]);
  assert.equal(sent[0].headers.Referer, 'http://shop.test/');
  assert.ok(!('Referer' in sent[1].headers));
});

test('another origin does not see the path', () => {
  assert.equal(follow(response(302, '/next'), []).sent[0].headers.Referer, START);
  assert.equal(follow(response(302, '//other.test'), []).sent[0].headers.Referer, 'http://shop.test/');
});

test('a custom Referer and Host are sent only to the first origin', () => {
  const headers = { Host: 'virtual.test', referer: 'http://mine.test/' };
  const near = follow(response(302, '/next'), [], { headers }).sent[0].headers;
  const far = follow(response(302, '//other.test'), [], { headers }).sent[0].headers;
  assert.deepEqual(
    [near.Host, near.referer, far.Host, far.Referer],
    ['virtual.test', headers.referer, undefined, undefined],
  );
});

for (const [location, reason] of [
  ['http://foreign.example/', 'foreign.example is not in ALLOWED_TARGETS'],
  ['http://169.254.169.254/', '169.254.169.254 is a refused address'],
  ['http://[fd00:ec2::254]/', 'fd00:ec2::254 is a refused address'],
  ['http://2852039166/', '2852039166 is not the usual form of an address'],
  ['http://localhost:5656/', 'localhost:5656 is the dashboard itself'],
]) {
  test(`a redirect to ${location} is refused`, () => {
    const gate = JSON.stringify({ allowed: ['shop.test', '*.254', '*::254', '2852*', 'localhost'], own_ports: [5656] });
    const { sent, result } = follow(response(302, location), [response(0)], { gate });
    assert.deepEqual(
      sent.map(({ url }) => url),
      ['http://127.255.255.255:1/'],
    );
    assert.deepEqual(sent[0].headers, {});
    assert.ok(result.error.includes(reason), result.error);
  });
}

test('no more redirects are followed than the limit allows', () => {
  const { sent, result } = follow(response(302, '/a'), Array(9).fill(response(302, '/a')), { limit: 3 });
  assert.deepEqual([sent.length, result.status], [3, 302]);
});

for (const location of [undefined, '', 'ftp://a/', 'http://']) {
  test(`the location ${location} ends the chain`, () => {
    const first = response(302, location);
    assert.deepEqual(follow(first, []), { sent: [], result: first });
  });
}

test('the time limit covers the whole chain', () => {
  const { sent } = follow(response(302, '/a', 400), [response(302, '/b', 500), response(302, '/c', 200)]);
  assert.deepEqual(
    sent.map(({ timeout }) => timeout),
    [600, 100, 1],
  );
});

test('the response belongs to the request that started the chain', () => {
  assert.equal(follow(response(302, '/a'), [response(200)]).result.request, 302);
});
