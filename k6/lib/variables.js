// The variables of a request: static ones, templates, values from the data, columns of a data file, the later winning.

import { compileColumns } from './data-use.js';
import { isGiven, readObject } from './reading.js';
import { lookUp, parseJsonTemplate, parseReference } from './template.js';

// {members: [[name, {make(scope)}]], needs, isFixed}; null when the request has none.
export function compileVariables(request, place, env) {
  const members = new Map();
  const read = (field, compile) => {
    if (isGiven(request[field])) {
      for (const [name, value] of Object.entries(readObject(request[field], `${place}.${field}`))) {
        members.set(name, compile(value, `${place}.${field}.${name}`));
      }
    }
  };
  read('variables', (value) => ({ needs: [], isFixed: true, make: () => value }));
  read('variables_template', (value, at) => parseJsonTemplate(value, at, env));
  read('variables_from_data', (value, at) => fromData(parseReference(value, at)));
  for (const [name, { need, make }] of compileColumns(request, place)) {
    members.set(name, { needs: [need], isFixed: false, make });
  }
  const all = [...members.values()];
  return {
    members: [...members],
    needs: all.flatMap(({ needs }) => needs),
    isFixed: all.every(({ isFixed }) => isFixed),
  };
}

function fromData(need) {
  return { needs: [need], isFixed: false, make: (scope) => lookUp(scope.data, need) };
}
