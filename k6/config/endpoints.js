// Loads the endpoints file: ENDPOINTS_FILE, or endpoints.json in this folder.

import { filePath } from '../lib/common/urls.js';
import { parseDocument } from '../lib/document/document.js';
import { allowedEnv } from '../lib/document/environment.js';
import { parseNetwork } from '../lib/document/network.js';

/**
 * @param {import('../lib/types.js').Env} env
 * @param {import('../lib/types.js').DescribeDataFile} dataFile
 */
export function readEndpoints(env, dataFile) {
  const path = env.ENDPOINTS_FILE;
  if (path && !path.startsWith('/')) {
    throw new Error(`ENDPOINTS_FILE: "${path}" must be an absolute path`);
  }
  const text = readText(path || filePath(import.meta.resolve('./endpoints.json')));
  const network = parseNetwork(env.NETWORK);
  return parseDocument(text, { env: allowedEnv(env), boundary: `form-${crypto.randomUUID()}`, dataFile, network });
}

/** @param {string} path */
function readText(path) {
  try {
    return open(path);
  } catch (error) {
    throw new Error(
      `ENDPOINTS_FILE: cannot read ${path} (${error.message}). Copy endpoints.example.json to endpoints.json in ` +
        'k6/config, or set ENDPOINTS_FILE to the absolute path of another file.',
    );
  }
}
