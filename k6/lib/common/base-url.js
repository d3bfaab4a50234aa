// Checks BASE_URL. Only the first initialization of k6 loads this module.

import { asciiHost } from './host-names.js';
import { encodeUnsafe } from './urls.js';

const BASE_URL = /^(https?:\/\/)(\[[^\]\s]*\]|[^:\s/?#@[\]]+)((?::\d{0,5})?)((?:\/[^\s?#]*)?)$/i;
const NON_ASCII = /[^\x00-\x7f]/;

/** @param {string | undefined} text */
export function checkBaseUrl(text) {
  const base = (text ?? '').trim();
  if (base === '') {
    throw new Error('BASE_URL: not set. Set it to the URL of the service, such as http://127.0.0.1:8000.');
  }
  const match = BASE_URL.exec(base);
  if (match === null) {
    throw new Error(
      `BASE_URL: "${base}" must look like http://host:port or https://host/path, without user, query or fragment`,
    );
  }
  const [, scheme, host, port, path] = match;
  return scheme + checkHost(host) + port + encodeUnsafe(path).replace(/\/+$/, '');
}

function checkHost(host) {
  try {
    const ascii = asciiHost(host);
    return NON_ASCII.test(host) ? ascii : host;
  } catch (error) {
    throw new Error(`BASE_URL: ${error.message}`);
  }
}
