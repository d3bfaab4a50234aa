// Authentication modes: the settings that each mode needs and the header that it sends. Pure.

import { checkHeader } from '../common/headers.js';
import { allowedValues } from '../common/shared.js';

/** @typedef {Record<string, string | undefined>} AuthSettings */
/** @typedef {{needs: string[], header: (settings: AuthSettings, base64: (text: string) => string) => [string, string] | null}} AuthMode */

/** @type {Record<string, AuthMode>} */
const MODES = {
  none: { needs: [], header: () => null },
  bearer: { needs: ['AUTH_TOKEN'], header: (settings) => ['Authorization', `Bearer ${settings.AUTH_TOKEN}`] },
  basic: {
    needs: ['AUTH_BASIC_USER', 'AUTH_BASIC_PASS'],
    header: (settings, base64) => [
      'Authorization',
      `Basic ${base64(`${settings.AUTH_BASIC_USER}:${settings.AUTH_BASIC_PASS}`)}`,
    ],
  },
  api_key: {
    needs: ['AUTH_API_KEY'],
    header: (settings) => [settings.AUTH_API_KEY_HEADER || 'X-API-Key', settings.AUTH_API_KEY],
  },
  // A token server provides the header of the two modes below.
  keycloak: { needs: ['AUTH_HOST', 'AUTH_REALM', 'AUTH_CLIENT_ID', 'AUTH_CLIENT_SECRET'], header: () => null },
  bearer_endpoint: { needs: ['AUTH_REFRESH_ENDPOINT'], header: () => null },
};

export const REFRESH_STRATEGIES = allowedValues.refresh_strategies;
export const SECRET_SETTINGS = allowedValues.secret_settings;

/**
 * Returns the mode and the strategy that refreshes its tokens. Without AUTH_MODE the settings imply the mode.
 * @param {AuthSettings} settings
 */
export function readMode(settings) {
  const mode = settings.AUTH_MODE || impliedMode(settings);
  if (!Object.hasOwn(MODES, mode)) {
    throw new Error(`AUTH_MODE: must be one of ${Object.keys(MODES).join(', ')}, not "${mode}"`);
  }
  const strategy = settings.AUTH_REFRESH_STRATEGY || '';
  if (!['', 'none', ...REFRESH_STRATEGIES].includes(strategy)) {
    const choices = [...REFRESH_STRATEGIES, 'none'].join(', ');
    throw new Error(`AUTH_REFRESH_STRATEGY: must be one of ${choices}, not "${strategy}"`);
  }
  if (mode === 'bearer') {
    return { mode, strategy: strategy || 'none' };
  }
  return { mode, strategy: REFRESH_STRATEGIES.includes(mode) && strategy !== 'none' ? mode : 'none' };
}

/**
 * Returns the fixed headers of all requests as a list of [name, value]; empty if a token server provides tokens.
 * @param {AuthSettings} settings
 * @param {(text: string) => string} base64
 * @returns {[string, string][]}
 */
export function authHeaders(settings, base64) {
  const { mode, strategy } = readMode(settings);
  const isRefreshed = REFRESH_STRATEGIES.includes(strategy);
  for (const name of [...MODES[mode].needs, ...(isRefreshed ? MODES[strategy].needs : [])]) {
    checkSetting(name, settings[name], mode);
  }
  const header = MODES[mode].header(settings, base64);
  if (header === null || isRefreshed) {
    return [];
  }
  checkHeader(header[0], '', 'AUTH_API_KEY_HEADER');
  return [header];
}

// With a refresh strategy the other settings are credentials for the token server.
function impliedMode(settings) {
  const strategy = settings.AUTH_REFRESH_STRATEGY;
  if (REFRESH_STRATEGIES.includes(strategy)) {
    return settings.AUTH_TOKEN ? 'bearer' : strategy;
  }
  return Object.keys(MODES).find((mode) => MODES[mode].needs[0] && settings[MODES[mode].needs[0]]) ?? 'none';
}

// The error never contains the value: it is a secret. A password may be empty, a user name may not.
function checkSetting(name, value, mode) {
  if (value === undefined || (value === '' && name !== 'AUTH_BASIC_PASS')) {
    throw new Error(`${name}: not set, but AUTH_MODE ${mode} requires it`);
  }
  checkHeader('Authorization', value, name);
}
