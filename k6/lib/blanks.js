// A state of the control channel as it travels: four blanks for each byte, the highest two bits first. k6 replaces every
// value of a secret source in all that is logged from then on, but no blank one. Pure.

const BITS = { ' ': 0, '\t': 1, '\n': 2, '\r': 3 };

export function decodeBlanks(text) {
  if (text.length % 4 !== 0) {
    throw new Error('not a state');
  }
  let decoded = '';
  for (let at = 0; at < text.length; at += 4) {
    const code =
      (BITS[text[at]] << 6) | (BITS[text[at + 1]] << 4) | (BITS[text[at + 2]] << 2) | BITS[text[at + 3]];
    decoded += String.fromCharCode(code);
  }
  return decoded;
}
