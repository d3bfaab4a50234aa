// ${env.NAME} in templates: only variables that ENDPOINTS_ENV lists, and never a secret of the run.

import { allowedValues } from '../common/shared.js';
import { assertValid } from '../common/validate.js';

const SECRET_SETTINGS = allowedValues.secret_settings;

/**
 * @param {import('../types.js').Env} env
 * @returns {import('../types.js').ReadEnv}
 */
export function allowedEnv(env) {
  const allowed = (env.ENDPOINTS_ENV ?? '').split(',').map((name) => name.trim());
  return (name, field) => {
    assertValid(!SECRET_SETTINGS.includes(name), field, `${name} is a secret and cannot be used in a template`);
    assertValid(allowed.includes(name), field, `\${env.${name}} is not allowed. Add ${name} to ENDPOINTS_ENV.`);
    assertValid(env[name] !== undefined, field, `\${env.${name}} is not set`);
    return env[name];
  };
}
