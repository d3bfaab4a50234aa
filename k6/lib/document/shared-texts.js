// Turns the endpoints file into texts that all users share. Only the first initialization of k6 loads this module and
// reads the file: a virtual user that parsed and checked thousands of endpoints would delay the start by seconds.

import { checkJson } from '../common/json-check.js';
import { parseExact, stringify } from '../common/json.js';
import { isObject, isSet, assertValid, readDuration } from '../common/validate.js';
import { sortByWeight } from '../common/weights.js';
import { checkDocument } from './document.js';
import { compileNetwork } from './network.js';
import { shareScenario, weightOf } from './scenarios.js';
import { mergeDataUses } from './shared-data-uses.js';
import { slosOf } from './thresholds.js';

/** @typedef {Omit<import('../types.js').CompileContext, 'network' | 'dataUses'>} FileContext */
/** @typedef {FileContext & {network?: object | null, isChecked?: boolean}} SharingContext */

const REQUEST_LISTS = ['endpoints', 'setup', 'teardown'];
const SENT_FIELDS = ['headers', 'body', 'body_template', 'form', 'multipart', 'variables', 'variables_template'];
const ENVIRONMENT_EXPRESSION = '${env.'; // the dashboard cannot check whether k6 has the variable

/**
 * `isChecked` means that the dashboard has checked this file.
 * @param {string} text
 * @param {SharingContext} context
 * @returns {import('../types.js').SharedTexts}
 */
export function shareDocument(text, context) {
  if (context.isChecked !== true) {
    checkJson(text, 'the endpoints file is ', '');
  }
  const document = parseObject(text);
  const network = compileNetwork(context.network, 'NETWORK', compileNetwork(document.network, 'network'));
  if (context.isChecked !== true || text.includes(ENVIRONMENT_EXPRESSION)) {
    checkDocument(document, { ...context, network, dataUses: {} });
  }
  const endpoints = sortByWeight(document.endpoints.map(withIndex), ({ item }) => weightOf(item));
  const positions = new Map(endpoints.sorted.map(({ item }, position) => [item.name, position]));
  const scenarios = sortByWeight((document.scenarios ?? []).map(withIndex), ({ item }) => weightOf(item));
  const weights = new Map(document.endpoints.map((endpoint) => [endpoint.name, weightOf(endpoint)]));
  const shared = scenarios.sorted.map(({ index, item }) => ({
    index,
    item: shareScenario(item, positions, (name) => weights.get(name) ?? 0),
  }));
  /** @type {import('../types.js').SharedSettings} */
  const settings = {
    network,
    pacingMs: isSet(document.pacing) ? readDuration(document.pacing, 'pacing') : 0,
    secretKeys: secretKeysOf(document),
    dataUses: mergeDataUses(document),
    endpointClasses: endpoints.classes,
    scenarioClasses: scenarios.classes,
  };
  return {
    parts: [settings, document.setup ?? [], document.teardown ?? [], slosOf(document)].map(toJson),
    endpoints: endpoints.sorted.map(toJson),
    scenarios: shared.map(toJson),
  };
}

// Numbers that are sent to the target are exact; settings are ordinary numbers.
function parseObject(text) {
  const document = JSON.parse(text);
  assertValid(isObject(document), 'the endpoints file', 'must contain a JSON object');
  const exact = parseExact(text);
  for (const list of REQUEST_LISTS) {
    const requests = Array.isArray(document[list]) ? document[list] : [];
    requests.forEach((request, index) => copySentFields(request, exact[list][index]));
  }
  return document;
}

function copySentFields(request, exact) {
  for (const field of SENT_FIELDS) {
    if (isObject(request) && Object.hasOwn(request, field)) {
      request[field] = exact[field];
    }
  }
}

function withIndex(item, index) {
  return { index, item };
}

function toJson(value) {
  return stringify(value);
}

// Keys of the data whose values are never shown.
function secretKeysOf({ endpoints, setup }) {
  const extracted = endpoints.flatMap(({ extract }) =>
    Object.entries(extract ?? {}).flatMap(([key, { secret }]) => (secret === true ? [key] : [])),
  );
  const results = (setup ?? []).flatMap((step) => (step.result_secret === true ? [step.result_key] : []));
  return [...new Set([...extracted, ...results])];
}
