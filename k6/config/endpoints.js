// The endpoints under test: ENDPOINTS_FILE, else endpoints.json beside this file.

import { parseEndpoints } from '../lib/endpoints.js';
import { allowedEnv } from '../lib/environment.js';
import { parseNetwork } from '../lib/network.js';
import { filePath } from '../lib/url.js';

export function readEndpoints(env, dataFile) {
  const path = env.ENDPOINTS_FILE;
  if (path && !path.startsWith('/')) {
    throw new Error(`ENDPOINTS_FILE: "${path}" must be an absolute path`);
  }
  const text = readText(path || filePath(import.meta.resolve('./endpoints.json')));
  const network = parseNetwork(env.NETWORK);
  return parseEndpoints(text, { env: allowedEnv(env), boundary: `form-${crypto.randomUUID()}`, dataFile, network });
}

function readText(path) {
  try {
    return open(path);
  } catch (error) {
    throw new Error(
      `ENDPOINTS_FILE: ${path} cannot be read; copy endpoints.example.json to endpoints.json in k6/config, ` +
        `or give the absolute path of a file of your own (${error.message})`,
    );
  }
}
