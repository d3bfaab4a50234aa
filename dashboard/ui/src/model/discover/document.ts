/** The requests that are saved or tried: the ticked rows, with the scenarios that they are part of. */
import { type Endpoint, fieldText, weightOf } from "./endpoint";
import { type Row, nameOf } from "./rows";

type Entry = Readonly<Record<string, unknown>>;
type Step = Readonly<Record<string, unknown>>;

/** Members of the import that the requests need. */
export interface Surroundings {
  setup: readonly Entry[];
  teardown: readonly Entry[];
  scenarios: readonly Entry[];
}

export interface Requests extends Surroundings {
  endpoints: Endpoint[];
}

const SINGLE_REQUESTS = "Single requests";

const stepsOf = (scenario: Entry): readonly Step[] => (scenario["steps"] as readonly Step[] | undefined) ?? [];

const namesIn = (step: Step): string[] => [
  ...(typeof step["ref"] === "string" ? [step["ref"]] : []),
  ...(Array.isArray(step["one_of"]) ? (step["one_of"] as string[]) : []),
];

const namesOf = (scenario: Entry): string[] => stepsOf(scenario).flatMap(namesIn);

/** Returns the ticked rows with their scenarios. Scenarios refer to requests by their present names. */
export function requestsOf(rows: readonly Row[], { setup, teardown, scenarios }: Surroundings): Requests {
  const selected = rows.filter(({ isSelected }) => isSelected);
  const endpoints = selected.map(({ endpoint }) => endpoint);
  if (scenarios.length === 0) return { endpoints, setup, teardown, scenarios };
  const names = new Map(selected.map((row) => [row.original ? fieldText(row.original, "name") : nameOf(row), row]));
  const kept = scenarios.flatMap((scenario) => presentScenario(scenario, rows, names));
  return { endpoints, setup, teardown, scenarios: withOthers(kept, selected) };
}

/** Returns the requests of one row: alone, or with the steps before it if it needs values of their responses. */
export function requestsFor(rows: readonly Row[], id: number, around: Surroundings): Requests {
  const row = rows.find((one) => one.id === id);
  const name = row ? fieldText(row.original ?? row.endpoint, "name") : "";
  const chain = around.scenarios.find((scenario) => stepsOf(scenario).some((step) => step["ref"] === name));
  const steps = chain ? stepsOf(chain) : [];
  const needed = steps.slice(0, steps.findIndex((step) => step["ref"] === name) + 1);
  const names = new Set([name, ...needed.flatMap(namesIn)]);
  const isNeeded = (one: Row) => one.id === id || (one.original && names.has(fieldText(one.original, "name")));
  const chosen = rows.map((one) => ({ ...one, isSelected: Boolean(isNeeded(one)) }));
  const isChain = needed.length > 1 && chain !== undefined;
  return requestsOf(chosen, { ...around, scenarios: isChain ? [{ ...chain, steps: needed }] : [] });
}

function presentScenario(scenario: Entry, rows: readonly Row[], selected: ReadonlyMap<string, Row>): Entry[] {
  const steps = stepsOf(scenario).flatMap((step) => presentStep(step, selected));
  if (steps.length === 0) return [];
  const sum = (all: readonly Row[]) => all.reduce((total, { endpoint }) => total + (weightOf(endpoint) ?? 0), 0);
  const used = new Set(namesOf(scenario));
  const originals = rows.filter(({ original }) => original && used.has(fieldText(original, "name")));
  const imported = originals.map((row) => ({ ...row, endpoint: row.original ?? row.endpoint }));
  if (scenario["weight"] !== sum(imported)) return [{ ...scenario, steps }];
  // The reader gave the scenario the weights of its requests, so it follows them.
  return [{ ...scenario, weight: sum(originals.filter(({ isSelected }) => isSelected)), steps }];
}

function presentStep(step: Step, selected: ReadonlyMap<string, Row>): Step[] {
  const present = (name: string) => {
    const row = selected.get(name);
    return row ? [nameOf(row)] : [];
  };
  const names = namesIn(step).flatMap(present);
  if (names.length === 0) return [];
  return [{ ...step, ...("one_of" in step ? { one_of: names } : { ref: names[0] }) }];
}

/** Adds the ticked requests that no scenario sends. Without this, a run would never send them. */
function withOthers(scenarios: readonly Entry[], selected: readonly Row[]): Entry[] {
  const sent = new Set(scenarios.flatMap(namesOf));
  const others = selected.filter((row) => !sent.has(nameOf(row)));
  if (others.length === 0 || scenarios.length === 0) return [...scenarios];
  const names = others.map(nameOf);
  const weight = others.reduce((total, { endpoint }) => total + (weightOf(endpoint) ?? 0), 0);
  const at = scenarios.findIndex(
    (scenario) => stepsOf(scenario).length === 1 && "one_of" in (stepsOf(scenario)[0] ?? {}),
  );
  const single = scenarios[at];
  if (!single) return [...scenarios, { name: SINGLE_REQUESTS, weight, steps: [{ one_of: names }] }];
  const steps = [{ ...stepsOf(single)[0], one_of: [...namesOf(single), ...names] }];
  return scenarios.map((one, i) => (i === at ? { ...one, weight: Number(one["weight"] ?? 1) + weight, steps } : one));
}
