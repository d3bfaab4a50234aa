// Authentication of a run. Secrets come from k6's secret source if SECRETS lists them (the dashboard started the run),
// otherwise from the environment.

import encoding from 'k6/encoding';
import secrets from 'k6/secrets';

import { isSecretVariable } from '../common/secret-names.js';
import { authHeaders, readMode, REFRESH_STRATEGIES, SECRET_SETTINGS } from './modes.js';

/** @typedef {import('../types.js').Env} Env */

const PLAIN_SETTINGS = [
  ...['AUTH_MODE', 'AUTH_API_KEY_HEADER', 'AUTH_HOST', 'AUTH_REALM', 'AUTH_CLIENT_ID', 'AUTH_REFRESH_STRATEGY'],
  ...['AUTH_REFRESH_ENDPOINT', 'AUTH_REFRESH_INTERVAL', 'AUTH_REFRESH_METHOD', 'AUTH_TOKEN_PATH', 'AUTH_EXPIRES_PATH'],
  'BASE_URL',
];

/**
 * Returns the fixed headers and the source of tokens, which is null if the mode needs no token server. With
 * TOKENS=channel the control channel provides one token for all users; otherwise each user gets its own.
 * @param {Env} env
 * @param {import('../types.js').ControlChannel | null} channel
 * @param {(url: string, field: string) => void} checkUrl
 * @returns {Promise<import('../types.js').Auth>}
 */
export async function readAuth(env, channel, checkUrl) {
  if (env.TOKENS === 'channel') {
    return { headers: [], tokens: await load('./shared-tokens.js').sharedTokens(channel) };
  }
  const settings = await readSettings(env);
  const base64 = (text) => encoding.b64encode(text);
  const headers = authHeaders(settings, base64);
  const { mode, strategy } = readMode(settings);
  const source = mode === 'bearer' ? strategy : mode;
  if (!REFRESH_STRATEGIES.includes(source)) {
    return { headers, tokens: null };
  }
  const request = load('./token-request.js').tokenRequest(settings, source, base64);
  checkUrl(request.request('').url, source === 'keycloak' ? 'AUTH_HOST' : 'AUTH_REFRESH_ENDPOINT');
  const firstToken = mode === 'bearer' ? settings.AUTH_TOKEN : '';
  return { headers, tokens: load('./user-tokens.js').userTokens(request, firstToken, strategy !== 'none') };
}

// Most runs need none of these modules.
function load(path) {
  return require(import.meta.resolve(path));
}

/** @param {Env} env */
async function readSettings(env) {
  const settings = Object.fromEntries(PLAIN_SETTINGS.map((name) => [name, env[name]]));
  const inSecretSource = namesOfSecrets(env);
  for (const name of SECRET_SETTINGS) {
    settings[name] = inSecretSource.includes(name) ? await readSecret(name) : env[name];
  }
  return settings;
}

/** @param {Env} env */
function namesOfSecrets(env) {
  return (env.SECRETS ?? '').split(',');
}

/** @param {string} name */
export async function readSecret(name) {
  try {
    return await secrets.get(name);
  } catch (error) {
    throw new Error(`${name}: SECRETS lists it, but the secret source does not provide it (${String(error)})`);
  }
}

/**
 * Returns everything that must be masked in reports: the secret values, and the lowercase names of headers that contain
 * one.
 * @param {Env} env
 * @param {[string, string][]} headers
 * @returns {Promise<import('../types.js').Secrets>}
 */
export async function readSecrets(env, headers) {
  const inSecretSource = namesOfSecrets(env);
  const values = headers.map(([, value]) => value.replace(/^(Bearer|Basic) /, ''));
  for (const name of SECRET_SETTINGS) {
    values.push(inSecretSource.includes(name) ? await readSecret(name) : env[name]);
  }
  for (const name of inSecretSource.filter((one) => one.startsWith('PROXY_'))) {
    values.push(await readSecret(name)); // a proxy may return what it received
  }
  const templateVariables = (env.ENDPOINTS_ENV ?? '').split(',').filter(isSecretVariable);
  values.push(...templateVariables.map((name) => env[name.trim()]));
  return {
    values: [...new Set(values)].filter((value) => value),
    headers: headers.map(([name]) => name.toLowerCase()),
  };
}
