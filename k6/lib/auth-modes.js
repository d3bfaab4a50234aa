// Ways to sign in, as a table: which values a way needs, and the header they make. Pure.

import { checkHeader } from './headers.js';

const MODES = {
  none: { needs: [], header: () => null },
  bearer: { needs: ['AUTH_TOKEN'], header: (values) => ['Authorization', `Bearer ${values.AUTH_TOKEN}`] },
  basic: {
    needs: ['AUTH_BASIC_USER', 'AUTH_BASIC_PASS'],
    header: (values, base64) => [
      'Authorization',
      `Basic ${base64(`${values.AUTH_BASIC_USER}:${values.AUTH_BASIC_PASS}`)}`,
    ],
  },
  api_key: {
    needs: ['AUTH_API_KEY'],
    header: (values) => [values.AUTH_API_KEY_HEADER || 'X-API-Key', values.AUTH_API_KEY],
  },
  // their header comes with each token
  keycloak: { needs: ['AUTH_HOST', 'AUTH_REALM', 'AUTH_CLIENT_ID', 'AUTH_CLIENT_SECRET'], header: () => null },
  bearer_endpoint: { needs: ['AUTH_REFRESH_ENDPOINT'], header: () => null },
};

export const RENEWED_BY = ['keycloak', 'bearer_endpoint'];
export const SECRET_NAMES = [
  ...['AUTH_TOKEN', 'AUTH_BASIC_USER', 'AUTH_BASIC_PASS', 'AUTH_API_KEY', 'AUTH_CLIENT_SECRET'],
  ...['AUTH_REFRESH_BODY', 'AUTH_REFRESH_HEADERS'],
];

// The mode and where fresh tokens come from. Without AUTH_MODE the values that are set decide.
export function readMode(values) {
  const mode = values.AUTH_MODE || inferredMode(values);
  if (!Object.hasOwn(MODES, mode)) {
    throw new Error(`AUTH_MODE: must be one of ${Object.keys(MODES).join(', ')}, not "${mode}"`);
  }
  const wanted = values.AUTH_REFRESH_STRATEGY || '';
  if (!['', 'none', ...RENEWED_BY].includes(wanted)) {
    throw new Error(`AUTH_REFRESH_STRATEGY: must be one of ${RENEWED_BY.join(', ')}, none, not "${wanted}"`);
  }
  if (mode === 'bearer') {
    return { mode, strategy: wanted || 'none' };
  }
  return { mode, strategy: RENEWED_BY.includes(mode) && wanted !== 'none' ? mode : 'none' };
}

// The header of all requests, as a list of [name, value]; empty where tokens come from a server.
export function authHeaders(values, base64) {
  const { mode, strategy } = readMode(values);
  for (const name of [...MODES[mode].needs, ...(RENEWED_BY.includes(strategy) ? MODES[strategy].needs : [])]) {
    checkValue(name, values[name], mode);
  }
  const header = MODES[mode].header(values, base64);
  if (header === null || RENEWED_BY.includes(strategy)) {
    return [];
  }
  checkHeader(header[0], '', 'AUTH_API_KEY_HEADER');
  return [header];
}

// A strategy says that the other values serve to get tokens.
function inferredMode(values) {
  const strategy = values.AUTH_REFRESH_STRATEGY;
  if (RENEWED_BY.includes(strategy)) {
    return values.AUTH_TOKEN ? 'bearer' : strategy;
  }
  return Object.keys(MODES).find((mode) => MODES[mode].needs[0] && values[MODES[mode].needs[0]]) ?? 'none';
}

// The message never holds the value: it is a secret. A password may be empty, a user may not.
function checkValue(name, value, mode) {
  if (value === undefined || (value === '' && name !== 'AUTH_BASIC_PASS')) {
    throw new Error(`${name}: is not set, but AUTH_MODE ${mode} needs it`);
  }
  checkHeader('Authorization', value, name);
}
