/** The load that a custom run brings itself, as it is typed. */
import type { PlanBody } from "../../api/types";

export type CustomKind = "vus" | "rate" | "scenarios";

export interface TypedStage {
  duration: string;
  target: string;
}

export interface Custom {
  kind: CustomKind;
  stages: TypedStage[];
  scenarios: string;
}

const SCENARIOS = {
  browse: { executor: "constant-vus", vus: 5, duration: "1m" },
  buy: { executor: "constant-arrival-rate", startTime: "10s", rate: 10, duration: "50s", preAllocatedVUs: 10 },
};

export const NEW_CUSTOM: Custom = {
  kind: "vus",
  stages: [
    { duration: "30s", target: "10" },
    { duration: "1m", target: "10" },
    { duration: "30s", target: "0" },
  ],
  scenarios: JSON.stringify(SCENARIOS, null, 2),
};

/** What is wrong with a text as JSON, before the server looks at what it says. */
export function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return `is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The fields of a request. What cannot be read goes as it was typed: the server says what is wrong with it. */
export function bodyOf({ kind, stages, scenarios }: Custom): Partial<PlanBody> {
  if (kind !== "scenarios") {
    const typed = stages.map(({ duration, target }) => ({ duration, target })); // read now: what is read is followed
    return { unit: kind, stages: typed as unknown as NonNullable<PlanBody["stages"]> };
  }
  const read: unknown = jsonProblem(scenarios) === undefined ? JSON.parse(scenarios) : scenarios;
  return { scenarios: read as NonNullable<PlanBody["scenarios"]> };
}

/** What a run had, to be edited: from the variables of its script. */
export function customOf(variables: Readonly<Record<string, string>>): Custom {
  const { UNIT, STAGES, SCENARIOS: own } = variables;
  if (own !== undefined)
    return { ...NEW_CUSTOM, kind: "scenarios", scenarios: JSON.stringify(JSON.parse(own), null, 2) };
  const stages = STAGES?.split(",").map((part) => {
    const [duration = "", target = ""] = part.split(":");
    return { duration, target };
  });
  return { ...NEW_CUSTOM, kind: UNIT === "rate" ? "rate" : "vus", stages: stages ?? NEW_CUSTOM.stages };
}
