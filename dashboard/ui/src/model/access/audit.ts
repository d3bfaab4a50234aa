/** Entries of the audit log as text. */
import type { AuditEntry } from "../../api/types";

/** Actions to filter by: the first part of their names. */
export const ACTION_GROUPS = [
  { value: "", label: "All actions" },
  { value: "run", label: "Runs" },
  { value: "dry_run", label: "Dry runs" },
  { value: "slos", label: "SLOs" },
  { value: "baseline", label: "Baselines" },
  { value: "data_file", label: "Data files" },
  { value: "token", label: "Tokens" },
  { value: "webhook", label: "Webhooks" },
  { value: "sign_in", label: "Sign-ins" },
  { value: "influx", label: "InfluxDB" },
] as const;

const valueText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** "label: a → b, tags: []": what an entry changed. */
export function changeText({ before, after }: Pick<AuditEntry, "before" | "after">): string {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const line = (name: string) => {
    const [old, now] = [before?.[name], after?.[name]];
    if (old === undefined) return `${name}: ${valueText(now)}`;
    return now === undefined ? `${name}: ${valueText(old)}` : `${name}: ${valueText(old)} → ${valueText(now)}`;
  };
  return names.map(line).join(", ");
}
