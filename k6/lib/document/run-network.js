// The network settings of a single run.

import { parseVariable } from '../common/json-check.js';

/**
 * Parses NETWORK, the settings of this run: the same fields as `network` in endpoints.json.
 * @param {string | undefined} text
 */
export function parseNetwork(text) {
  if (text === undefined || text === '') {
    return null;
  }
  return parseVariable(text, 'NETWORK');
}
