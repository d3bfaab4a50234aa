/** Form values of a custom load. */
import type { PlanBody } from "../../api/types";

export type CustomKind = "vus" | "rate" | "scenarios";

export interface StageInput {
  duration: string;
  target: string;
}

export interface CustomLoad {
  kind: CustomKind;
  stages: StageInput[];
  scenarios: string;
}

const SCENARIOS = {
  browse: { executor: "constant-vus", vus: 5, duration: "1m" },
  buy: { executor: "constant-arrival-rate", startTime: "10s", rate: 10, duration: "50s", preAllocatedVUs: 10 },
};

export const DEFAULT_CUSTOM_LOAD: CustomLoad = {
  kind: "vus",
  stages: [
    { duration: "30s", target: "10" },
    { duration: "1m", target: "10" },
    { duration: "30s", target: "0" },
  ],
  scenarios: JSON.stringify(SCENARIOS, null, 2),
};

/** Returns a message if the text is not JSON. The server validates the content. */
export function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return `is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Returns the request fields of a custom load. Invalid values are kept, so that the server reports the error. */
export function customLoadBody({ kind, stages, scenarios }: CustomLoad): Partial<PlanBody> {
  if (kind !== "scenarios") {
    const entered = stages.map(({ duration, target }) => ({ duration, target })); // Reads each field here, so that effects track it.
    return { unit: kind, stages: entered as unknown as NonNullable<PlanBody["stages"]> };
  }
  const parsed: unknown = jsonProblem(scenarios) === undefined ? JSON.parse(scenarios) : scenarios;
  return { scenarios: parsed as NonNullable<PlanBody["scenarios"]> };
}

/** Returns the form values for the custom load of an earlier run, from the variables of its script. */
export function customLoadOf(variables: Readonly<Record<string, string>>): CustomLoad {
  const { UNIT, STAGES, SCENARIOS: scenarios } = variables;
  if (scenarios !== undefined)
    return { ...DEFAULT_CUSTOM_LOAD, kind: "scenarios", scenarios: JSON.stringify(JSON.parse(scenarios), null, 2) };
  const stages = STAGES?.split(",").map((part) => {
    const [duration = "", target = ""] = part.split(":");
    return { duration, target };
  });
  return {
    ...DEFAULT_CUSTOM_LOAD,
    kind: UNIT === "rate" ? "rate" : "vus",
    stages: stages ?? DEFAULT_CUSTOM_LOAD.stages,
  };
}
