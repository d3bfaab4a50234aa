// Bytes, without anything that only one of k6 and node has.

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

// The bytes of a Base64 text; null when it is none.
export function base64Bytes(text) {
  if (!BASE64.test(text)) {
    return null;
  }
  const digits = text.replace(/=+$/, '');
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let kept = 0;
  let bits = 0;
  let at = 0;
  for (const digit of digits) {
    kept = ((kept << 6) | DIGITS.indexOf(digit)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = (kept >> bits) & 0xff;
      at += 1;
    }
  }
  return bytes;
}

// One buffer of texts (as UTF-8) and bytes.
export function joinBytes(pieces) {
  const encoder = new TextEncoder();
  const all = pieces.map((piece) => (typeof piece === 'string' ? encoder.encode(piece) : piece));
  const joined = new Uint8Array(all.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of all) {
    joined.set(one, at);
    at += one.length;
  }
  return joined.buffer;
}
