// Byte arrays, implemented without functions that only k6 or only Node.js provides.

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Decodes Base64.
 * @param {string} text
 * @returns {Uint8Array | null} null if the text is not valid Base64
 */
export function base64Bytes(text) {
  if (!BASE64.test(text)) {
    return null;
  }
  const digits = text.replace(/=+$/, '');
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let buffer = 0;
  let bits = 0;
  let position = 0;
  for (const digit of digits) {
    buffer = ((buffer << 6) | DIGITS.indexOf(digit)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[position] = (buffer >> bits) & 0xff;
      position += 1;
    }
  }
  return bytes;
}

/**
 * Concatenates byte arrays and texts; texts are encoded as UTF-8.
 * @param {(string | Uint8Array)[]} pieces
 * @returns {ArrayBufferLike}
 */
export function joinBytes(pieces) {
  const encoder = new TextEncoder();
  const arrays = pieces.map((piece) => (typeof piece === 'string' ? encoder.encode(piece) : piece));
  const joined = new Uint8Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let position = 0;
  for (const array of arrays) {
    joined.set(array, position);
    position += array.length;
  }
  return joined.buffer;
}
