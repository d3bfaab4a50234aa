// Decodes the control state, in which each byte is encoded as four whitespace characters, the two highest bits first.
// k6 redacts every value that it got from a secret source in its log, except values that are only whitespace. Pure.

const BITS = { ' ': 0, '\t': 1, '\n': 2, '\r': 3 };

/** @param {string} text */
export function decodeWhitespace(text) {
  if (text.length % 4 !== 0) {
    throw new Error('not a control state: the length is not a multiple of 4');
  }
  let decoded = '';
  for (let position = 0; position < text.length; position += 4) {
    const code =
      (BITS[text[position]] << 6) |
      (BITS[text[position + 1]] << 4) |
      (BITS[text[position + 2]] << 2) |
      BITS[text[position + 3]];
    decoded += String.fromCharCode(code);
  }
  return decoded;
}
