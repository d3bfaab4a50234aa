// Where requests may go: the hosts of ALLOWED_TARGETS, but neither refused addresses nor the dashboard itself. The
// dashboard applies the same rule in dashboard/addresses.py and dashboard/runs/start/target_gate.py. Pure.
//
// Regular expressions are within functions: k6's engine compiles them for each user, and few users need them.

import { hostOf, splitUrl } from '../common/urls.js';

/** @typedef {import('../common/urls.js').UrlParts} UrlParts */
/** @typedef {(parts: UrlParts) => string | null} Gate */
/** @typedef {{blacklistIPs?: string[], blockHostnames?: string[]}} Refused as in k6's options */

const GROUPS = 8;
const BITS = 16;
const MAPPED = [0, 0, 0, 0, 0, 0xffff];
const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/**
 * Returns gate(parts), which returns the reason why no request may be sent to a URL, or null. `text` is the JSON of
 * GATE, which the dashboard sets. `allowed` and `token_targets` list patterns of hosts; an empty list allows any host.
 * `token_targets` are those of the access token that started the run. The dashboard and its runs listen at `own_ports`
 * and `own_hosts`.
 * @param {string | undefined} text
 * @param {() => Refused} refused
 * @returns {Gate}
 */
export function newGate(text, refused) {
  /** @type {{allowed?: string[], token_targets?: string[], own_ports?: number[], own_hosts?: string[]}} */
  const settings = text ? JSON.parse(text) : {};
  const { allowed = [], token_targets: targets = [], own_ports: ownPorts = [], own_hosts: ownHosts = [] } = settings;
  return (parts) => {
    const { host, port } = hostOf(parts);
    const name = plainHost(host);
    if (ownPorts.includes(port) && (isLoopback(name) || ownHosts.includes(name))) {
      return `${name}:${port} is the dashboard itself`;
    }
    const reason = refusalOf(name, refused());
    if (reason !== null) {
      return `${name} is ${reason}`;
    }
    // A final dot is part of the name that a pattern has to match, as in the dashboard.
    const tested = withoutBrackets(host);
    if (!isListed(tested, allowed)) {
      return `${name} is not in ALLOWED_TARGETS`;
    }
    return isListed(tested, targets) ? null : `${name} is not in the targets of the token that started the run`;
  };
}

/**
 * @param {string} host
 * @param {string[]} patterns
 */
function isListed(host, patterns) {
  return patterns.length === 0 || patterns.some((pattern) => patternOf(pattern).test(host));
}

/**
 * Returns `url`. Throws an error if no request may be sent to it.
 * @param {Gate} gate
 * @param {string} url
 * @param {string} field
 */
export function checkedUrl(gate, url, field) {
  const parts = splitUrl(url);
  const reason = parts === null ? null : gate(parts);
  if (reason !== null) {
    throw new Error(`${field}: ${reason}`);
  }
  return url;
}

/**
 * Returns why no request may be sent to a host; null if one may. A name is resolved later, by k6.
 * @param {string} host
 * @param {Refused} refused
 * @returns {string | null}
 */
export function refusalOf(host, { blacklistIPs, blockHostnames }) {
  const name = plainHost(host);
  if (blockHostnames.includes(name)) {
    return 'a refused name';
  }
  const address = parseAddress(name);
  if (address === null) {
    return isNumeric(name) ? 'not the usual form of an address' : null;
  }
  return isWithin(address, blacklistIPs) ? 'a refused address' : null;
}

/** @param {string} host */
function isLoopback(host) {
  const name = plainHost(host);
  const address = parseAddress(name);
  if (address === null) {
    return name === 'localhost' || name.endsWith('.localhost');
  }
  return isWithin(address, LOOPBACK);
}

/**
 * Returns a host without brackets and final dots, in lower case.
 * @param {string} host
 */
function plainHost(host) {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.+$/, '');
}

function withoutBrackets(host) {
  return host.replace(/^\[(.*)\]$/, '$1');
}

// Clients read 2852039166, 0xa9fea9fe and 0251.0376.0251.0376 as 169.254.169.254.
function isNumeric(name) {
  return name.includes(':') || /^(?:\d+|0x[0-9a-f]*)$/.test(name.split('.').at(-1));
}

function parseNetwork(text) {
  const [address, length] = text.split('/');
  return { groups: parseAddress(address), bits: Number(length) + (address.includes(':') ? 0 : MAPPED.length * BITS) };
}

function isWithin(address, networks) {
  return networks.some((network) => contains(parseNetwork(network), address));
}

function contains({ groups, bits }, address) {
  return groups.every((group, index) => {
    const shift = Math.max(0, BITS - Math.max(0, bits - index * BITS));
    return group >>> shift === address[index] >>> shift;
  });
}

// Returns the 8 groups of an IPv6 address, or of the IPv6 form of an IPv4 address; null for any other text.
function parseAddress(text) {
  if (isV4(text)) {
    return [...MAPPED, ...groupsOfV4(text)];
  }
  const halves = text.split('::');
  if (!text.includes(':') || halves.length > 2) {
    return null;
  }
  const [head, tail] = halves.map(parseGroups);
  if (head === null || tail === null) {
    return null;
  }
  const missing = GROUPS - head.length - (tail?.length ?? 0);
  if (tail === undefined) {
    return missing === 0 ? head : null;
  }
  return missing > 0 ? [...head, ...Array(missing).fill(0), ...tail] : null;
}

function parseGroups(half) {
  const parts = half === '' ? [] : half.split(':');
  const last = parts.at(-1) ?? '';
  const rest = isV4(last) ? parts.slice(0, -1) : parts;
  if (!rest.every((part) => /^[0-9a-f]{1,4}$/.test(part))) {
    return null;
  }
  return [...rest.map((part) => parseInt(part, 16)), ...(isV4(last) ? groupsOfV4(last) : [])];
}

function isV4(text) {
  return /^(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/.test(text);
}

function groupsOfV4(text) {
  const [a, b, c, d] = text.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}

/**
 * Returns a pattern of ALLOWED_TARGETS, such as *.internal, as a regular expression: the rules of Python's fnmatch.
 * @param {string} text
 */
function patternOf(text) {
  const translated = text.toLowerCase().replace(/\[(!?)(\]?[^\]]*)\]|[^]/g, (all, negation, set) => {
    if (set !== undefined && set !== '') {
      return `[${negation ? '^' : ''}${set.replace(/[\\\]^]/g, '\\$&')}]`;
    }
    if (all === '*') {
      return '.*';
    }
    return all === '?' ? '.' : all.replace(/[\\^$.|?*+()[\]{}/-]/g, '\\$&');
  });
  return new RegExp(`^${translated}$`, 's');
}
