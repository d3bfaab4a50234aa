// Which names mark a value as secret. config/secret-names.json is the vocabulary, which the dashboard uses too.

import { secretNames } from './shared.js';

const MAX_NAME_CHARACTERS = 200;

/**
 * Whether the value of a header, field, key or column with this name is secret.
 * @param {string} name
 */
export function isSecretName(name) {
  const words = wordsOf(name);
  return (
    secretNames.anywhere.some((word) => `_${words}_`.includes(`_${word}_`)) ||
    secretNames.at_end.some((word) => words.endsWith(word)) ||
    secretNames.last_word.some((word) => `_${words}`.endsWith(`_${word}`))
  );
}

/**
 * Whether the entries of a list with this name are secret. A list "tokens" is secret, but a number "tokens" is a count.
 * @param {string} name
 */
export function isSecretListName(name) {
  return isSecretName(name) || isSecretName(name.replace(/s$/i, ''));
}

/**
 * Whether an environment variable probably holds a secret.
 * @param {string} name
 */
export function isSecretVariable(name) {
  return secretNames.in_variables.some((part) => name.toLowerCase().includes(part));
}

/**
 * Whether a line of text with this name before a colon is a header whose value is secret.
 * @param {string} name
 */
export function isSecretHeaderInText(name) {
  const lower = name.toLowerCase();
  return secretNames.headers_in_text.some((part) => lower.includes(part)) && isSecretName(name);
}

// "user[newPassword2]" → "user_new_password"
function wordsOf(name) {
  return decode(name.slice(-MAX_NAME_CHARACTERS))
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/[0-9_]+$/, '');
}

function decode(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
