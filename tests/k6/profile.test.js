import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { parseDuration } from '../../k6/lib/common/durations.js';
import { buildScenarios, chooseProfile } from '../../k6/lib/load/profile.js';

const profiles = JSON.parse(readFileSync(new URL('../../k6/config/profiles.json', import.meta.url), 'utf8'));

test('parseDuration accepts numbers and units', () => {
  const texts = ['90', '30s', '1m30s', '1h', '500ms', '1.5s', ' 2m ', '0.0004s'];
  assert.deepEqual(texts.map(parseDuration), [90_000, 30_000, 90_000, 3_600_000, 500, 1500, 120_000, 0]);
});

test('parseDuration rejects everything else', () => {
  for (const text of ['', 's', '-5s', '1x', '1m 30s', 'nan', '1e3', '5S']) {
    assert.throws(() => parseDuration(text), /is not a duration/);
  }
  assert.throws(() => parseDuration('9'.repeat(5000)), /at most 40 characters/);
  assert.throws(() => parseDuration('9000h'), /longer than a year/);
});

test('an empty variable means the default value', () => {
  assert.equal(buildScenarios(profiles.smoke, { VUS: '', DURATION: '' }).load.vus, 2);
});

for (const [name, env, message] of [
  ['ramp', { VUS: '0' }, /^Error: VUS: must be a whole number from 1 to 1000000, not "0"$/],
  ['ramp', { VUS: '1.5' }, /^Error: VUS/],
  ['ramp', { VUS: '1e3' }, /^Error: VUS/],
  ['ramp', { VUS: '-1' }, /^Error: VUS/],
  ['arrival', { RATE: '0' }, /^Error: RATE: must be a whole number from 1 to 1000000, not "0"$/],
  ['custom', { UNIT: 'users' }, /^Error: UNIT: must be vus or rate, not "users"$/],
  ['custom', { UNIT: 'rate' }, /^Error: STAGES: not set, but UNIT=rate requires it/],
  ['custom', { STAGES: '30s:1,30s' }, /^Error: STAGES\[1\]: "30s" must be a duration and a target/],
  ['custom', { STAGES: 'soon:1' }, /^Error: STAGES\[0\]: "soon" is not a duration/],
  ['custom', { STAGES: '1s:1000001' }, /^Error: STAGES\[0\]: .* at most 1000000/],
  ['custom', { STAGES: '30s:0' }, /^Error: STAGES: at least one target must be above 0$/],
  ['custom', { STAGES: '100ms:5' }, /^Error: STAGES: the run must last at least 1 s$/],
  ['custom', { STAGES: Array(101).fill('1s:1').join(',') }, /^Error: STAGES: must have 1 to 100 stages$/],
  ['custom', { SCENARIOS: '{' }, /^Error: SCENARIOS: not valid JSON/],
  ['custom', { SCENARIOS: '[]' }, /^Error: SCENARIOS: must be an object/],
  ['custom', { SCENARIOS: '{}' }, /^Error: SCENARIOS: must be an object/],
  ['ramp', { RAMP_DURATION: 'soon' }, /^Error: RAMP_DURATION: "soon" is not a duration/],
  ['smoke', { DURATION: '999ms' }, /^Error: DURATION: the run must last at least 1 s$/],
  ['soak', { SOAK_DURATION: '0' }, /^Error: SOAK_DURATION: the run must last/],
]) {
  test(`${name} with ${JSON.stringify(env)} is rejected`, () => {
    assert.throws(
      () => buildScenarios(profiles[name], env),
      (error) => message.test(String(error)),
    );
  });
}

test('the error for an unknown profile lists the profiles', () => {
  assert.throws(
    () => chooseProfile(profiles, 'toString'),
    /^Error: LOAD_PROFILE: must be one of smoke, ramp, soak, stress, spike, arrival, custom, not "toString"$/,
  );
});
