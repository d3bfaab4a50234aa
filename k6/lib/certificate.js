// The certificate that this client shows to servers that ask for one. Its key comes from k6's secret source when SECRETS
// lists it (a run that the dashboard started), else from the file that CLIENT_KEY_FILE names.

import encoding from 'k6/encoding';
import secrets from 'k6/secrets';

const KEPT = 'CLIENT_KEY';

// k6's options for it; none without CLIENT_CERTIFICATE_FILE.
export async function readCertificate(env) {
  if (!env.CLIENT_CERTIFICATE_FILE) {
    return {};
  }
  return { tlsAuth: [{ cert: read(env, 'CLIENT_CERTIFICATE_FILE'), key: await readKey(env) }] };
}

async function readKey(env) {
  if ((env.SECRETS ?? '').split(',').includes(KEPT)) {
    return encoding.b64decode(await secrets.get(KEPT), 'std', 's'); // a secret is one line
  }
  return read(env, 'CLIENT_KEY_FILE');
}

function read(env, name) {
  if (!env[name]?.startsWith('/')) {
    throw new Error(`${name}: must be the absolute path of a PEM file, not "${env[name] ?? ''}"`);
  }
  try {
    return open(env[name]);
  } catch (error) {
    throw new Error(`${name}: ${env[name]} cannot be read (${error.message})`);
  }
}
