// URLs: BASE_URL and an endpoint's path to one that can stand in a request line; file URLs to paths.

const BASE = /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i;
const UNSAFE = /[^\x21-\x7e]|["<>\\^`{|}]/gu;
const LONE_SURROGATE = /[\ud800-\udfff]/gu; // not text at all; encodeURIComponent would throw

export function checkBaseUrl(text) {
  const base = (text ?? '').trim();
  if (base === '') {
    throw new Error('BASE_URL: is not set; give the address of the service, such as http://127.0.0.1:8000');
  }
  if (!BASE.test(base)) {
    throw new Error(`BASE_URL: "${base}" must be like http://host:port or https://host/path, without user, ? or #`);
  }
  return base.replace(/\/+$/, '');
}

// The path of a file:// URL: k6's open() does not undo the encoding of a folder's spaces.
export function filePath(url) {
  return decodeURIComponent(url.replace(/^file:\/\//, ''));
}

// Characters that may not stand in a URL are percent-encoded; what is encoded already stays as it is.
export function joinUrl(base, path) {
  const slash = path === '' || path.startsWith('/') || path.startsWith('?') ? '' : '/';
  return base + slash + path.replace(LONE_SURROGATE, '\ufffd').replace(UNSAFE, encodeURIComponent);
}
