// Encrypts the results of the setup. k6 offers what setup() returns at its REST API, which every local user can read,
// and in its summary. The key is a secret that only this k6 process has.

import encoding from 'k6/encoding';

import { parseExact, stringify } from '../common/json.js';
import { readSecret } from './auth.js';

/** @typedef {import('../types.js').Data} Data */
/** @typedef {import('../types.js').SealedData} SealedData */

const KEY = 'SETUP_KEY';
const CIPHER = 'AES-GCM';
const IV_BYTES = 12;

/**
 * Returns the functions that encrypt and decrypt results; null if SECRETS does not list the key.
 * @param {import('../types.js').Env} env
 */
export async function readSealing(env) {
  return (env.SECRETS ?? '').split(',').includes(KEY) ? sealing(await readSecret(KEY)) : null;
}

/** @param {string} hexKey */
function sealing(hexKey) {
  const bytes = Uint8Array.from(hexKey.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const key = (/** @type {'encrypt' | 'decrypt'} */ use) => crypto.subtle.importKey('raw', bytes, CIPHER, false, [use]);
  return { seal, open };

  /**
   * @param {Data} data
   * @returns {Promise<SealedData>}
   */
  async function seal(data) {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const text = new TextEncoder().encode(stringify(data));
    const sealed = await crypto.subtle.encrypt({ name: CIPHER, iv }, await key('encrypt'), text);
    return { iv: encoding.b64encode(/** @type {ArrayBuffer} */ (iv.buffer)), sealed: encoding.b64encode(sealed) };
  }

  /**
   * Fails if anybody replaced the data.
   * @param {SealedData} data
   * @returns {Promise<Data>}
   */
  async function open({ iv, sealed }) {
    const algorithm = { name: CIPHER, iv: new Uint8Array(encoding.b64decode(iv)) };
    const opened = await crypto.subtle.decrypt(algorithm, await key('decrypt'), encoding.b64decode(sealed));
    return parseExact(encoding.b64decode(encoding.b64encode(opened), 'std', 's'));
  }
}

/**
 * An iteration that decrypts its data when a user runs it for the first time.
 * @param {(data: SealedData) => Promise<Data>} open
 * @param {import('../types.js').Iteration} iterate
 * @returns {(data: SealedData) => any}
 */
export function withOpenedData(open, iterate) {
  /** @type {Data | null} */
  let data = null;
  return (sealed) => {
    if (data !== null) {
      return iterate(data);
    }
    return open(sealed).then((opened) => {
      data = opened;
      return iterate(data);
    });
  };
}
