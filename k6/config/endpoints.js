// Loads the endpoints file: ENDPOINTS_FILE, or endpoints.json in this folder. All users share one copy of it.

import { SharedArray } from 'k6/data';

import { isFirstInitialization } from '../lib/common/first-initialization.js';
import { filePath } from '../lib/common/urls.js';
import { allowedEnv } from '../lib/document/environment.js';
import { lazyDocument } from '../lib/document/lazy-document.js';

/** @typedef {import('../lib/types.js').SharedTexts} SharedTexts */

/**
 * @param {import('../lib/types.js').Env} env
 * @param {import('../lib/types.js').DescribeDataFile} dataFile
 */
export function readEndpoints(env, dataFile) {
  const context = { env: allowedEnv(env), boundary: `form-${crypto.randomUUID()}`, dataFile };
  // Outside the callbacks below: k6 hangs when the callback of a SharedArray creates another one, for a data file.
  const texts = isFirstInitialization('endpoints file') ? shareFile(env, context) : null;
  const share = (/** @type {keyof SharedTexts} */ part) =>
    new SharedArray(`endpoints file: ${part}`, () => texts[part]);
  const shared = { parts: share('parts'), endpoints: share('endpoints'), scenarios: share('scenarios') };
  const document = lazyDocument(shared, context);
  document.dataFiles.forEach((name) => dataFile(name, 'data_file')); // k6 opens files only during init
  return document;
}

/** @returns {SharedTexts} */
function shareFile(env, context) {
  const path = env.ENDPOINTS_FILE;
  if (path && !path.startsWith('/')) {
    throw new Error(`ENDPOINTS_FILE: "${path}" must be an absolute path`);
  }
  const bytes = readBytes(path || filePath(import.meta.resolve('./endpoints.json')));
  const { decodeFile } = require(import.meta.resolve('../lib/common/encodings.js'));
  const { parseNetwork } = require(import.meta.resolve('../lib/document/run-network.js'));
  const { shareDocument } = require(import.meta.resolve('../lib/document/shared-texts.js'));
  const isChecked = env.ENDPOINTS_CHECKED === 'true';
  return shareDocument(decodeFile(bytes, 'the endpoints file'), {
    ...context,
    network: parseNetwork(env.NETWORK),
    isChecked,
  });
}

/** @param {string} path */
function readBytes(path) {
  try {
    return open(path, 'b');
  } catch (error) {
    throw new Error(
      `ENDPOINTS_FILE: cannot read ${path} (${error.message}). Copy endpoints.example.json to endpoints.json in ` +
        'k6/config, or set ENDPOINTS_FILE to the absolute path of another file.',
    );
  }
}
