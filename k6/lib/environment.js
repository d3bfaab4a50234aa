// ${env.NAME} in endpoints.json: only names that ENDPOINTS_ENV lists, and never a secret of the run.

import { SECRET_NAMES } from './auth-modes.js';
import { refuseUnless } from './reading.js';

export function allowedEnv(env) {
  const allowed = (env.ENDPOINTS_ENV ?? '').split(',').map((name) => name.trim());
  return (name, place) => {
    refuseUnless(!SECRET_NAMES.includes(name), place, `${name} is a secret and cannot be used in a template`);
    refuseUnless(allowed.includes(name), place, `\${env.${name}} is not allowed; ENDPOINTS_ENV lists the names that are`);
    refuseUnless(env[name] !== undefined, place, `\${env.${name}} is not set`);
    return env[name];
  };
}
