// Decodes text files: UTF-8 or UTF-16, with or without a byte-order mark. k6's open() reads any file as UTF-8 and
// replaces invalid bytes. dashboard/model/strict_json.py applies the same rules.

const LINE_FEED = 10;
const BLANK = 32;
const UTF_8 = { label: 'utf-8', name: 'UTF-8', unit: 1 };
const UTF_16_LE = { label: 'utf-16le', name: 'UTF-16', unit: 2 };
const UTF_16_BE = { label: 'utf-16be', name: 'UTF-16', unit: 2 };
const UTF_32 = { label: '', name: 'UTF-32', unit: 4 };
const BOMS = [
  { bom: [0xef, 0xbb, 0xbf], encoding: UTF_8 },
  { bom: [0xff, 0xfe, 0, 0], encoding: UTF_32 },
  { bom: [0, 0, 0xfe, 0xff], encoding: UTF_32 },
  { bom: [0xff, 0xfe], encoding: UTF_16_LE },
  { bom: [0xfe, 0xff], encoding: UTF_16_BE },
];

/**
 * Returns the text of a file without its byte-order mark. An error starts with `subject`.
 * @param {ArrayBuffer} buffer
 * @param {string} subject
 */
export function decodeFile(buffer, subject) {
  const bytes = new Uint8Array(buffer);
  const marked = BOMS.find(({ bom }) => bom.every((byte, index) => bytes[index] === byte));
  const encoding = marked?.encoding ?? guessEncoding(bytes);
  if (encoding === UTF_32) {
    throw new Error(`${subject} is UTF-32 text. Save it as UTF-8.`);
  }
  const content = bytes.subarray(marked?.bom.length ?? 0);
  const text = decode(content, encoding);
  if (text === null) {
    throw new Error(
      `${subject} is damaged: line ${damagedLine(content, encoding)} is not ${encoding.name} text. Save it as UTF-8.`,
    );
  }
  return text;
}

// JSON starts with two characters of ASCII.
function guessEncoding(bytes) {
  const [first, second, third, fourth] = [0, 1, 2, 3].map((index) => bytes[index] ?? BLANK);
  if ((first === 0 && second === 0) || (second === 0 && third === 0 && fourth === 0)) {
    return UTF_32;
  }
  if (first === 0) {
    return UTF_16_BE;
  }
  return second === 0 ? UTF_16_LE : UTF_8;
}

// Returns null for bytes that are not text. The byte-order mark is already removed; a second one belongs to the text.
function decode(bytes, { label }) {
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function damagedLine(bytes, encoding) {
  let line = 1;
  let start = 0;
  for (let at = 0; at + encoding.unit <= bytes.length; at += encoding.unit) {
    if (isLineFeed(bytes, at, encoding)) {
      if (decode(bytes.slice(start, at), encoding) === null) {
        return line;
      }
      line += 1;
      start = at + encoding.unit;
    }
  }
  return line;
}

function isLineFeed(bytes, at, encoding) {
  if (encoding.unit === 1) {
    return bytes[at] === LINE_FEED;
  }
  const [low, high] = encoding === UTF_16_LE ? [bytes[at], bytes[at + 1]] : [bytes[at + 1], bytes[at]];
  return low === LINE_FEED && high === 0;
}
