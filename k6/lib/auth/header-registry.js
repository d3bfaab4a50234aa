// The headers of all requests that need a token. A new token is written into them once, not for every request.

/** @typedef {Record<string, any>} Headers */

export function headerRegistry() {
  /** @type {Headers[]} */
  const registered = [];
  let authorization = null;
  return {
    /** @param {string} token */
    setToken(token) {
      authorization = `Bearer ${token}`;
      registered.forEach((headers) => Object.assign(headers, { Authorization: authorization }));
    },
    /** @param {Headers} headers */
    attach(headers) {
      registered.push(headers);
      if (authorization !== null) {
        headers.Authorization = authorization;
      }
    },
  };
}
