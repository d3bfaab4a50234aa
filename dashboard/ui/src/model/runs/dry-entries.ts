/** The result of a request of a dry run as a badge. */
import type { DryRunEntry } from "../../api/types";
import type { StatusBadge } from "./status";

export function badgeOf({ state, failed, exchange }: DryRunEntry): StatusBadge {
  if (state === "waiting") return { label: "Waiting", tone: "info", icon: "wait" };
  if (state === "skipped") return { label: "Skipped", tone: "bad", icon: "bad" };
  if (state === "excluded") return { label: "Excluded", tone: "none", icon: "unknown" };
  if (state === "thrown") return { label: "Exception", tone: "bad", icon: "bad" };
  const status = exchange?.response.status ?? 0;
  const label = status === 0 ? "No response" : String(status);
  return failed ? { label, tone: "bad", icon: "bad" } : { label, tone: "good", icon: "ok" };
}
