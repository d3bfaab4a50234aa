// Request headers: checked once, merged without regard to case (the later one wins).

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export function checkHeader(name, value, place) {
  if (!NAME.test(name)) {
    throw new Error(`${place}: "${name}" cannot be the name of a header`);
  }
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new Error(`${place}: must be a text`);
  }
  // A control character (a line break from copying, say) would make every single request fail.
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(String(value))) {
    throw new Error(`${place}: must not hold line breaks or other control characters`);
  }
  return String(value);
}

// Each source is a list of [name, value].
export function mergeHeaders(...sources) {
  const merged = new Map();
  for (const source of sources) {
    for (const [name, value] of source) {
      merged.set(name.toLowerCase(), [name, value]);
    }
  }
  const headers = Object.create(null); // an own key "__proto__" is a header as any other
  for (const [name, value] of merged.values()) {
    headers[name] = value;
  }
  return headers;
}

// A value as it can stand in a header: a line break would end it.
export function encodeHeader(text) {
  return text.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, ' ');
}

// The spelling in which k6 keeps a response's header; null when the text cannot be the name of one.
export function canonicalName(name) {
  if (typeof name !== 'string' || !NAME.test(name)) {
    return null;
  }
  return name.toLowerCase().replace(/(^|-)([a-z])/g, (_all, before, letter) => before + letter.toUpperCase());
}
