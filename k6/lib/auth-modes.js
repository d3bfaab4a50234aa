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
};

export const SECRET_NAMES = ['AUTH_TOKEN', 'AUTH_BASIC_USER', 'AUTH_BASIC_PASS', 'AUTH_API_KEY'];

// The header of all requests, as a list of [name, value]; without AUTH_MODE the values that are set decide.
export function authHeaders(values, base64) {
  const mode = values.AUTH_MODE || inferredMode(values);
  if (!Object.hasOwn(MODES, mode)) {
    throw new Error(`AUTH_MODE: must be one of ${Object.keys(MODES).join(', ')}, not "${mode}"`);
  }
  for (const name of MODES[mode].needs) {
    checkValue(name, values[name], mode);
  }
  const header = MODES[mode].header(values, base64);
  if (header === null) {
    return [];
  }
  checkHeader(header[0], '', 'AUTH_API_KEY_HEADER');
  return [header];
}

function inferredMode(values) {
  return Object.keys(MODES).find((mode) => MODES[mode].needs[0] && values[MODES[mode].needs[0]]) ?? 'none';
}

// The message never holds the value: it is a secret. A password may be empty, a user may not.
function checkValue(name, value, mode) {
  if (value === undefined || (value === '' && name !== 'AUTH_BASIC_PASS')) {
    throw new Error(`${name}: is not set, but AUTH_MODE ${mode} needs it`);
  }
  checkHeader('Authorization', value, name);
}
