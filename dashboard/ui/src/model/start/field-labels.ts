/** Labels of the fields of a start request, for messages that are not next to the field. */
import type { ProfileName } from "../../api/types";
import { FIELD_SPECS } from "./authentication";
import { LOAD_FIELDS, type LoadField, labelOf } from "./load-parameters";
import { NETWORK_LABELS } from "./network";

const OTHERS: Record<string, string> = {
  base_url: "Base URL",
  label: "Label",
  stages: "Stages",
  steerable: "Steerable",
  auth_mode: "Authentication",
  ...Object.fromEntries(Object.entries(FIELD_SPECS).map(([name, { label }]) => [name, label])),
};

/** Whether the plan of a run checks the field. */
export const isPlanField = (field: string): boolean =>
  isLoadField(field) || /^(profile|unit|steerable|stages|scenarios)\b/.test(field);

/** Returns the label of a field of the form; a field without a label keeps its name. */
export function fieldLabel(field: string, profile: ProfileName): string {
  const [, stage, part] = /^stages\[(\d+)\]\.(duration|target)$/.exec(field) ?? [];
  if (stage !== undefined) return `Stage ${String(Number(stage) + 1)} ${part ?? ""}`;
  if (isLoadField(field)) return labelOf(profile, field);
  const [section, name = ""] = field.split(".", 2);
  if (section === "network" && name in NETWORK_LABELS)
    return NETWORK_LABELS[name as keyof typeof NETWORK_LABELS].replace(/[,(].*/, "").trim();
  return OTHERS[field] ?? field;
}

/** Returns the name of the input of a field: one input contains all host overrides. */
export const inputNameOf = (field: string): string => (field.startsWith("network.hosts") ? "network.hosts" : field);

const isLoadField = (field: string): field is LoadField => (LOAD_FIELDS as readonly string[]).includes(field);

/** Returns the value at the first two parts of a path as JSON text: all of `network.hosts` for `network.hosts.a`. */
export function valueAt(request: object, path: string): string | undefined {
  const [first = "", second = ""] = path.split(/[.[]/);
  const value = (request as Record<string, unknown>)[first];
  const part = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[second] : value;
  return JSON.stringify(part);
}
