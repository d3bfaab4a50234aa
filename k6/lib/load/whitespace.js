// Decodes the state of the control channel, which encodes each byte as four whitespace characters, the two highest bits
// first. k6 redacts every value of a secret source in its log from then on, except values that are only whitespace.
// Pure.

const BITS = { ' ': 0, '\t': 1, '\n': 2, '\r': 3 };

/** @param {string} text */
export function decodeWhitespace(text) {
  if (text.length % 4 !== 0) {
    throw new Error('not a control state: the length is not a multiple of 4');
  }
  let decoded = '';
  for (let at = 0; at < text.length; at += 4) {
    const code = (BITS[text[at]] << 6) | (BITS[text[at + 1]] << 4) | (BITS[text[at + 2]] << 2) | BITS[text[at + 3]];
    decoded += String.fromCharCode(code);
  }
  return decoded;
}
