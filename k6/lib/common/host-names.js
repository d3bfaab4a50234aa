// Host names in URLs: the ASCII form under which DNS and certificates know them. dashboard/model/host_names.py applies
// the same rules. Pure.

const MAX_HOST_CHARACTERS = 253;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const DOTS = /[\u3002\uff0e\uff61]/g;
// Versions of IDNA disagree about these: "straße" is "strasse" in one, "xn--strae-oqa" in the other.
const AMBIGUOUS = /[\u00df\u1e9e\u03c2\u200c\u200d]/;
// Blanks, punctuation, symbols and emoji, which no registry permits. k6's engine lacks Unicode property classes.
const REFUSED =
  /[\ufe00-\ufe0f\x00-,./:-@[-^`{-\xbf\xd7\xf7\u2000-\u2bff\u3000-\u3004\ue000-\uf8ff\ufff0-\uffff\ud83c-\ud83e]/;
const IPV6 = /^\[[0-9a-f.]*:[0-9a-f:.]*\]$/i;
const ASCII = /^[\x00-\x7f]*$/;
const AMBIGUOUS_MESSAGE = 'has a character that IDNA standards read differently. Write the host in its xn-- form';

/**
 * Returns the host of a URL in lowercase ASCII. A final dot stays, and so do the brackets of an IPv6 address. Throws an
 * error that completes a sentence about the URL.
 * @param {string} host
 */
export function asciiHost(host) {
  if (host.includes('%')) {
    throw new Error('must not have an IPv6 zone or percent-encoded characters in its host');
  }
  if (IPV6.test(host)) {
    return host.toLowerCase();
  }
  if (AMBIGUOUS.test(host)) {
    throw new Error(AMBIGUOUS_MESSAGE);
  }
  const text = host.replace(DOTS, '.');
  const labels = text.replace(/\.$/, '').split('.').map(asciiLabel);
  const name = labels.join('.');
  if (name.length > MAX_HOST_CHARACTERS || !labels.every((label) => LABEL.test(label))) {
    throw new Error('has an invalid host name');
  }
  return text.endsWith('.') ? `${name}.` : name;
}

function asciiLabel(label) {
  const lower = label.normalize('NFKC').toLowerCase().normalize('NFKC');
  if (ASCII.test(lower)) {
    return lower;
  }
  if (REFUSED.test(lower)) {
    throw new Error('has an invalid host name');
  }
  return `xn--${punycode([...lower].map((character) => /** @type {number} */ (character.codePointAt(0))))}`;
}

// RFC 3492, section 6.3.
function punycode(codes) {
  const basic = codes.filter((code) => code < 128);
  let output = String.fromCharCode(...basic) + (basic.length > 0 ? '-' : '');
  let [limit, delta, bias, handled] = [128, 0, 72, basic.length];
  while (handled < codes.length) {
    const next = Math.min(...codes.filter((code) => code >= limit));
    delta += (next - limit) * (handled + 1);
    limit = next;
    for (const code of codes) {
      if (code < limit) {
        delta += 1;
      } else if (code === limit) {
        output += variableLength(delta, bias);
        bias = adaptedBias(delta, handled + 1, handled === basic.length);
        delta = 0;
        handled += 1;
      }
    }
    delta += 1;
    limit += 1;
  }
  return output;
}

function variableLength(delta, bias) {
  let [digits, rest] = ['', delta];
  for (let k = 36; ; k += 36) {
    const threshold = Math.min(26, Math.max(1, k - bias));
    if (rest < threshold) {
      return digits + digitOf(rest);
    }
    digits += digitOf(threshold + ((rest - threshold) % (36 - threshold)));
    rest = Math.floor((rest - threshold) / (36 - threshold));
  }
}

function adaptedBias(delta, points, isFirst) {
  let rest = Math.floor(delta / (isFirst ? 700 : 2));
  rest += Math.floor(rest / points);
  let k = 0;
  while (rest > 455) {
    rest = Math.floor(rest / 35);
    k += 36;
  }
  return k + Math.floor((36 * rest) / (rest + 38));
}

function digitOf(value) {
  return String.fromCharCode(value < 26 ? value + 97 : value + 22);
}
