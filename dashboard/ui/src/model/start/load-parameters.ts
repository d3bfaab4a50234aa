/** The load parameters of a profile: what they are called there, and what holds when a field is left empty. */
import type { ProfileName, RunConfig } from "../../api/types";

export const LOAD_FIELDS = ["rate", "vus", "duration", "ramp_duration"] as const;
export type LoadField = (typeof LOAD_FIELDS)[number];
export type Load = Record<LoadField, string>;

export const NO_LOAD: Load = { rate: "", vus: "", duration: "", ramp_duration: "" };

const DURATION_LABELS: Record<ProfileName, string> = {
  smoke: "Length",
  ramp: "Hold",
  soak: "Length",
  stress: "Each of four steps",
  spike: "Peak lasts",
  arrival: "Length",
  custom: "",
};

const VUS_LABELS: Partial<Record<ProfileName, string>> = {
  stress: "Usual virtual users",
  spike: "Usual virtual users",
  arrival: "Most virtual users",
  custom: "Most virtual users",
};

export function labelOf(profile: ProfileName, field: LoadField): string {
  if (field === "rate") return "Requests a second";
  if (field === "vus") return VUS_LABELS[profile] ?? "Virtual users";
  if (field === "duration") return DURATION_LABELS[profile];
  return profile === "spike" ? "Recovery" : "Ramp up, ramp down";
}

/** Smoke is the same everywhere: two users, half a minute. The others follow the settings. */
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

/** The load that a run had, as one would type it. */
export const loadOf = (profile: ProfileName, variables: Readonly<Record<string, string>>): Load => ({
  rate: variables["RATE"] ?? "",
  vus: variables["VUS"] ?? "",
  duration: variables[DURATION_VARIABLES[profile]] ?? "",
  ramp_duration: variables["RAMP_DURATION"] ?? "",
});
