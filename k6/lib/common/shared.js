// JSON files that the scripts share with the dashboard. k6 cannot import JSON, so open() reads the files during init.

import { filePath } from './urls.js';

export const limits = readConfig('limits.json');
export const allowedValues = readConfig('allowed.json');
export const secretNames = readConfig('secret-names.json');

/** @param {string} name */
export function readConfig(name) {
  return JSON.parse(open(filePath(import.meta.resolve(`../../config/${name}`))));
}
