/** Labels and defaults of the load parameters of each profile. */
import type { ProfileName, RunConfig } from "../../api/types";

export const LOAD_FIELDS = ["rate", "vus", "duration", "ramp_duration"] as const;
export type LoadField = (typeof LOAD_FIELDS)[number];
/** As entered; null stands for the default. */
export type Load = Record<LoadField, string | null>;

export const NO_LOAD: Load = { rate: null, vus: null, duration: null, ramp_duration: null };

const DURATION_LABELS: Record<ProfileName, string> = {
  smoke: "Duration",
  ramp: "Hold time",
  soak: "Duration",
  stress: "Duration of each step",
  spike: "Peak duration",
  arrival: "Duration",
  custom: "",
};

const VUS_LABELS: Partial<Record<ProfileName, string>> = {
  stress: "Base virtual users",
  spike: "Base virtual users",
  arrival: "Maximum virtual users",
  custom: "Maximum virtual users",
};

export function labelOf(profile: ProfileName, field: LoadField): string {
  if (field === "rate") return "Iterations per second";
  if (field === "vus") return VUS_LABELS[profile] ?? "Virtual users";
  if (field === "duration") return DURATION_LABELS[profile];
  return profile === "spike" ? "Recovery time" : "Ramp-up and ramp-down";
}

/** Smoke runs always use 2 users for 30 s; the other profiles follow the settings. */
export function defaultOf(profile: ProfileName, field: LoadField, config: RunConfig): string {
  if (profile === "smoke") return { rate: "", vus: "2", duration: "30s", ramp_duration: "" }[field];
  if (field === "rate" || field === "vus") return String(config[field]);
  if (field === "ramp_duration") return config.ramp_duration;
  const durations = {
    ramp: config.duration,
    soak: config.soak_duration,
    stress: config.stress_step_duration,
    spike: config.spike_duration,
    arrival: config.duration,
    custom: "",
  };
  return durations[profile];
}

const DURATION_VARIABLES: Record<ProfileName, string> = {
  smoke: "DURATION",
  ramp: "DURATION",
  soak: "SOAK_DURATION",
  stress: "STRESS_STEP_DURATION",
  spike: "SPIKE_DURATION",
  arrival: "DURATION",
  custom: "",
};

/** Returns the form values for the load of an earlier run. */
export const loadOf = (profile: ProfileName, variables: Readonly<Record<string, string>>): Load => ({
  rate: variables["RATE"] ?? null,
  vus: variables["VUS"] ?? null,
  duration: variables[DURATION_VARIABLES[profile]] ?? null,
  ramp_duration: variables["RAMP_DURATION"] ?? null,
});
