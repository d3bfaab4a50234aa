// Work that k6 must do only once, although it initializes the script again for the setup and for each virtual user.

import { SharedArray } from 'k6/data';

/**
 * Returns whether this is the first call with this purpose: k6 calls the callback of a SharedArray only once.
 * @param {string} purpose
 */
export function isFirstInitialization(purpose) {
  let isFirst = false;
  new SharedArray(`first initialization: ${purpose}`, () => {
    isFirst = true;
    return [];
  });
  return isFirst;
}
