// The auth header of a run. Secrets come from k6's secret source when SECRETS lists them (a run that the dashboard
// started), else from the environment.

import encoding from 'k6/encoding';
import secrets from 'k6/secrets';

import { authHeaders, SECRET_NAMES } from './auth-modes.js';

const MAYBE_SECRET = /pass|pwd|secret|token|key|auth|cred/i; // of variables that templates may use

export async function readAuthHeaders(env) {
  const values = { AUTH_MODE: env.AUTH_MODE, AUTH_API_KEY_HEADER: env.AUTH_API_KEY_HEADER };
  const kept = (env.SECRETS ?? '').split(',');
  for (const name of SECRET_NAMES) {
    values[name] = kept.includes(name) ? await secret(name) : env[name];
  }
  return authHeaders(values, (text) => encoding.b64encode(text));
}

async function secret(name) {
  try {
    return await secrets.get(name);
  } catch (error) {
    throw new Error(`${name}: is listed in SECRETS, but the secret source does not give it (${String(error)})`);
  }
}

// All that must not be shown of the run, whatever sends it: values, and names of headers that hold one.
export async function readSecrets(env, headers) {
  const kept = (env.SECRETS ?? '').split(',');
  const values = headers.map(([, value]) => value.replace(/^(Bearer|Basic) /, ''));
  for (const name of SECRET_NAMES) {
    values.push(kept.includes(name) ? await secret(name) : env[name]);
  }
  const shared = (env.ENDPOINTS_ENV ?? '').split(',').filter((name) => MAYBE_SECRET.test(name));
  values.push(...shared.map((name) => env[name.trim()]));
  return { values: [...new Set(values)].filter((value) => value), headers: headers.map(([name]) => name.toLowerCase()) };
}
