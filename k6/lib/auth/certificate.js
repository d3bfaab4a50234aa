// The TLS client certificate. Its key comes from k6's secret source if SECRETS lists it (the dashboard started the
// run), otherwise from the file CLIENT_KEY_FILE.

import encoding from 'k6/encoding';
import secrets from 'k6/secrets';

const KEY_SECRET_NAME = 'CLIENT_KEY';

/**
 * Returns k6's options for the certificate; an empty object without CLIENT_CERTIFICATE_FILE.
 * @param {import('../types.js').Env} env
 */
export async function readCertificate(env) {
  if (!env.CLIENT_CERTIFICATE_FILE) {
    return {};
  }
  return { tlsAuth: [{ cert: readPem(env, 'CLIENT_CERTIFICATE_FILE'), key: await readKey(env) }] };
}

async function readKey(env) {
  if ((env.SECRETS ?? '').split(',').includes(KEY_SECRET_NAME)) {
    return encoding.b64decode(await secrets.get(KEY_SECRET_NAME), 'std', 's'); // Base64, because a secret is a single line
  }
  return readPem(env, 'CLIENT_KEY_FILE');
}

function readPem(env, name) {
  if (!env[name]?.startsWith('/')) {
    throw new Error(`${name}: must be the absolute path of a PEM file, not "${env[name] ?? ''}"`);
  }
  try {
    return open(env[name]);
  } catch (error) {
    throw new Error(`${name}: cannot read ${env[name]} (${error.message})`);
  }
}
