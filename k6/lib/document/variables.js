// The variables of a request: static values, templates, values of the data and columns of a data file. Later sources
// replace earlier ones.

import { isSet, readObject } from '../common/validate.js';
import { compileColumns } from './data-use.js';
import { lookUp } from './fill.js';
import { parseJsonTemplate, parseReference } from './template.js';

/** @typedef {import('../types.js').ValueTemplate} ValueTemplate */

/**
 * @param {any} request
 * @param {string} field
 * @param {import('../types.js').ReadEnv} env
 * @returns {import('../types.js').Variables}
 */
export function compileVariables(request, field, env) {
  /** @type {Map<string, ValueTemplate>} */
  const members = new Map();
  const read = (source, compile) => {
    if (isSet(request[source])) {
      for (const [name, value] of Object.entries(readObject(request[source], `${field}.${source}`))) {
        members.set(name, compile(value, `${field}.${source}.${name}`));
      }
    }
  };
  read('variables', (value) => ({ needs: [], isFixed: true, make: () => value }));
  read('variables_template', (value, itemField) => parseJsonTemplate(value, itemField, env));
  read('variables_from_data', (value, itemField) => dataTemplate(parseReference(value, itemField)));
  for (const [name, { need, make }] of compileColumns(request, field)) {
    members.set(name, { needs: [need], isFixed: false, make, pieces: null });
  }
  const all = [...members.values()];
  return {
    members: [...members],
    needs: all.flatMap(({ needs }) => needs),
    isFixed: all.every(({ isFixed }) => isFixed),
  };
}

function dataTemplate(need) {
  return { needs: [need], isFixed: false, make: (scope) => lookUp(scope.data, need) };
}
