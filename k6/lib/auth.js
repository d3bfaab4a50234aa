// The auth header of a run. Secrets come from k6's secret source when SECRETS lists them (a run that the dashboard
// started), else from the environment.

import encoding from 'k6/encoding';
import secrets from 'k6/secrets';

import { authHeaders, SECRET_NAMES } from './auth-modes.js';

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
