import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { networkLimits } from '../../k6/config/options.js';
import { joinUrl, originOf, resolveLocation, splitUrl } from '../../k6/lib/common/urls.js';
import { newGate, refusalOf } from '../../k6/lib/send/gate.js';

const readVectors = (name) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url)));
const ADDRESSES = readVectors('addresses.json');
const OWN = JSON.stringify({ own_ports: [5656], own_hosts: ['10.0.0.5', 'machine.test', 'fd12::5'] });

function authority(host) {
  return host.includes(':') ? `[${host}]` : host;
}

for (const host of ADDRESSES.refused) {
  test(`no request is sent to ${host}`, () => {
    assert.ok(refusalOf(host, networkLimits()));
    assert.ok(newGate(undefined, networkLimits)(splitUrl(`http://${authority(host)}/`)));
  });
}

for (const host of ADDRESSES.allowed) {
  test(`requests may be sent to ${host}`, () => {
    assert.equal(refusalOf(host, networkLimits()), null);
    assert.equal(newGate(undefined, networkLimits)(splitUrl(`http://${authority(host)}:8000/a`)), null);
  });
}

for (const { allowed, host, passes } of readVectors('targets.json')) {
  test(`${host} ${passes ? 'passes' : 'does not pass'} ${JSON.stringify(allowed)}`, () => {
    const parts = { scheme: 'http', authority: authority(host), path: '/', query: '' };
    const reason = (settings) => newGate(JSON.stringify(settings), networkLimits)(parts);
    const refusal = `${host.toLowerCase().replace(/\.$/, '')} is not in`;
    assert.equal(reason({ allowed }), passes ? null : `${refusal} ALLOWED_TARGETS`);
    const problem = `${refusal} the targets of the token that started the run`;
    assert.equal(reason({ token_targets: allowed }), passes ? null : problem);
  });
}

for (const host of [
  '127.0.0.1',
  '127.9.9.9',
  'localhost',
  'a.localhost',
  '[::1]',
  '10.0.0.5',
  'MACHINE.test.',
  '[fd12::5]',
]) {
  test(`the dashboard at ${host} is refused`, () => {
    const gate = newGate(OWN, networkLimits);
    assert.match(gate(splitUrl(`http://${host}:5656/`)), /is the dashboard itself/);
    assert.equal(gate(splitUrl(`http://${host}:5657/`)), null);
  });
}

test('another machine may use the port of the dashboard', () => {
  assert.equal(newGate(OWN, networkLimits)(splitUrl('http://10.0.0.6:5656/')), null);
});

const BASE = splitUrl('http://shop.test:8000/a/b?c=d');

for (const [location, url] of [
  ['/x', 'http://shop.test:8000/x'],
  ['/x?y=z#f', 'http://shop.test:8000/x?y=z'],
  ['x', 'http://shop.test:8000/a/x'],
  ['./x/../y', 'http://shop.test:8000/a/y'],
  ['../../../x', 'http://shop.test:8000/x'],
  ['/a/./b/../c/', 'http://shop.test:8000/a/c/'],
  ['/a/..', 'http://shop.test:8000/'],
  ['?e=f', 'http://shop.test:8000/a/b?e=f'],
  ['#f', 'http://shop.test:8000/a/b?c=d'],
  ['//other.test', 'http://other.test/'],
  ['//other.test:81/x', 'http://other.test:81/x'],
  ['https://other.test', 'https://other.test/'],
  ['HTTPS://Other.test/X', 'https://Other.test/X'],
  ['http://[::1]:80/x', 'http://[::1]:80/x'],
  ['http://other.test:/x', 'http://other.test/x'],
  ['http://user:pass@other.test/', 'http://other.test/'],
  ['http://shop.test@other.test/', 'http://other.test/'],
  ['@other.test/x', 'http://shop.test:8000/a/@other.test/x'],
  [':81/x', 'http://shop.test:8000/a/:81/x'],
  ['/\\other.test', 'http://shop.test:8000/\\other.test'],
  ['\\\\other.test', 'http://shop.test:8000/a/\\\\other.test'],
  ['ftp://other.test/', null],
  ['javascript:alert(1)', null],
  ['http:other.test', null],
  ['http:/other.test', null],
  ['http://', null],
  ['http:///x', null],
  ['http://other.test\\.shop.test/', null],
  ['http://other.test\\@shop.test/', null],
  ['http://a@b@other.test/', null],
  ['http://other.test:99999/', null],
  ['http://other.test:0/', null],
  ['http://oth er.test/', null],
  ['http://bücher.test/', null],
  ['http://[fe80::1%25eth0]/', null],
  ['//%6fther.test/', null],
]) {
  test(`the location ${location} leads to ${url}`, () => {
    const found = resolveLocation(BASE, location);
    assert.equal(found && joinUrl(found), url);
  });
}

for (const [first, second, isSame] of [
  ['http://a.test/', 'http://A.test:80/x', true],
  ['https://a.test', 'https://a.test:443/', true],
  ['http://a.test', 'https://a.test', false],
  ['https://a.test', 'http://a.test', false],
  ['http://a.test', 'http://a.test:81', false],
  ['http://a.test', 'http://b.a.test', false],
  ['http://[::1]', 'http://[::1]:80', true],
]) {
  test(`${first} and ${second} have ${isSame ? 'the same origin' : 'different origins'}`, () => {
    assert.equal(originOf(splitUrl(first)) === originOf(splitUrl(second)), isSame);
  });
}
