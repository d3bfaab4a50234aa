// How the requests of a run sign in. Secrets come from k6's secret source when SECRETS lists them (a run that the dashboard
// started), else from the environment.

import encoding from 'k6/encoding';
import secrets from 'k6/secrets';

import { authHeaders, readMode, RENEWED_BY, SECRET_NAMES } from './auth-modes.js';
import { tokenOrder } from './token-order.js';
import { channelTokens, ownTokens } from './tokens.js';

const MAYBE_SECRET = /pass|pwd|secret|token|key|auth|cred/i; // of variables that templates may use

const PLAIN_NAMES = [
  ...['AUTH_MODE', 'AUTH_API_KEY_HEADER', 'AUTH_HOST', 'AUTH_REALM', 'AUTH_CLIENT_ID', 'AUTH_REFRESH_STRATEGY', 'BASE_URL'],
  ...['AUTH_REFRESH_ENDPOINT', 'AUTH_REFRESH_INTERVAL', 'AUTH_REFRESH_METHOD', 'AUTH_TOKEN_PATH', 'AUTH_EXPIRES_PATH'],
];

// {headers, tokens}: fixed headers as a list of [name, value], and where the token of each moment comes from, or null.
// With TOKENS it comes through the channel: whoever started k6 gets one token for all users.
export async function readAuth(env, channel) {
  if (env.TOKENS === 'channel') {
    return { headers: [], tokens: await channelTokens(channel) };
  }
  const values = await readValues(env);
  const base64 = (text) => encoding.b64encode(text);
  const headers = authHeaders(values, base64);
  const { mode, strategy } = readMode(values);
  const source = mode === 'bearer' ? strategy : mode;
  if (!RENEWED_BY.includes(source)) {
    return { headers, tokens: null };
  }
  const order = tokenOrder(values, source, base64);
  return { headers, tokens: ownTokens(order, mode === 'bearer' ? values.AUTH_TOKEN : '', strategy !== 'none') };
}

async function readValues(env) {
  const values = Object.fromEntries(PLAIN_NAMES.map((name) => [name, env[name]]));
  const kept = (env.SECRETS ?? '').split(',');
  for (const name of SECRET_NAMES) {
    values[name] = kept.includes(name) ? await secret(name) : env[name];
  }
  return values;
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
  for (const name of kept.filter((one) => one.startsWith('PROXY_'))) {
    values.push(await secret(name)); // a proxy may repeat what it was sent
  }
  const shared = (env.ENDPOINTS_ENV ?? '').split(',').filter((name) => MAYBE_SECRET.test(name));
  values.push(...shared.map((name) => env[name.trim()]));
  return { values: [...new Set(values)].filter((value) => value), headers: headers.map(([name]) => name.toLowerCase()) };
}
