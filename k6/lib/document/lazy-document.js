// The document as one virtual user sees it: each request is compiled when the user first needs it.

import { parseExact } from '../common/json.js';
import { compileEndpoint, compileStep } from './endpoint.js';

/** @typedef {Omit<import('../types.js').CompileContext, 'network' | 'dataUses'>} FileContext */

/**
 * @param {import('../types.js').SharedTexts} texts
 * @param {FileContext} context
 * @returns {import('../types.js').LazyDocument}
 */
export function lazyDocument({ parts, endpoints, scenarios }, context) {
  /** @type {import('../types.js').SharedSettings} */
  const { network, pacingMs, secretKeys, dataUses, endpointClasses, scenarioClasses } = JSON.parse(parts[0]);
  const compileContext = { ...context, network, dataUses };
  return {
    ...{ options: network.options, pacingMs, secretKeys: new Set(secretKeys), dataFiles: Object.keys(dataUses) },
    ...{ endpointClasses, scenarioClasses },
    endpointAt: (position) => compile(parseExact(endpoints[position])),
    scenarioAt: (position) => JSON.parse(scenarios[position]).item,
    endpointNames: () => inOrder(endpoints).map(({ item: { name, group } }) => ({ name, group })),
    allEndpoints: () => inOrder(endpoints).map(compile),
    allScenarios: () => inOrder(scenarios).map(({ item }) => item),
    hasSetup: parts[1] !== '[]',
    setup: () => compileSteps(1, 'setup'),
    teardown: () => compileSteps(2, 'teardown'),
    slos: () => JSON.parse(parts[3]),
  };

  function compile({ index, item }) {
    return compileEndpoint(item, `endpoints[${index}]`, compileContext);
  }

  function compileSteps(part, phase) {
    const steps = parseExact(parts[part]);
    return steps.map((step, index) => compileStep(step, `${phase}[${index}]`, compileContext, phase));
  }
}

function inOrder(texts) {
  return Array.from(texts, (text) => parseExact(text)).sort((a, b) => a.index - b.index);
}
