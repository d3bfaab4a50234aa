/** Why a run has its verdict and how it ended, in sentences. */
import type { RunRecord } from "../../api/types";
import { clock, plural } from "../display/format";
import type { SloResult } from "../slo/slo";
import { isOver } from "./status";

const MAX_NAMES = 12;

const nameOf = ({ name, scope }: SloResult): string => (scope ? `${scope} ${name}` : name);

/** Turns a sentence fragment from the server into a sentence. */
export function sentence(fragment: string): string {
  const text = fragment.charAt(0).toUpperCase() + fragment.slice(1);
  return /[.!?]$/.test(text) || text === "" ? text : `${text}.`;
}

/** "1 of 2 SLOs breached: Errors."; empty if no SLO is breached. */
export function breachedText(results: readonly SloResult[]): string {
  const breached = results.filter(({ state }) => state === "breached");
  if (breached.length === 0) return "";
  const more = breached.length > MAX_NAMES ? ` and ${String(breached.length - MAX_NAMES)} more` : "";
  const names = breached.slice(0, MAX_NAMES).map(nameOf).join(", ");
  return `${String(breached.length)} of ${plural(results.length, "SLO")} breached: ${names}${more}.`;
}

/** Returns the reason for the verdict; empty if the reason is the end of the run, which `endText` describes. */
export function verdictText(run: RunRecord, results: readonly SloResult[]): string {
  const breached = breachedText(results);
  if (run.verdict === "fail" && breached && run.slo_abort_reason === null) return breached;
  if (run.verdict === "invalid") return `The run is invalid: ${run.verdict_reason ?? ""}.`;
  if (run.verdict === "pass" && results.length > 0)
    return results.length === 1 ? "The SLO was met." : `All ${String(results.length)} SLOs were met.`;
  if (run.verdict === "none") return "No SLOs are set, so there is no verdict.";
  return run.verdict === "unknown" && run.exit_reason ? "" : sentence(run.verdict_reason ?? "");
}

/** Returns how a run ended. `who`: the person who reads it. Empty while the run is queued or live. */
export function endText(run: RunRecord, who: string | null): string {
  if (!isOver(run.status)) return "";
  if (run.status !== "stopped" || run.stopped_by === null) {
    if (run.exit_reason !== null) return sentence(run.exit_reason);
    return run.status === "finished" ? "" : "k6 reported no reason.";
  }
  const after = run.duration_s === null ? "" : ` after ${clock(run.duration_s)}`;
  return `Stopped by ${run.stopped_by === who ? "you" : run.stopped_by}${after}.`;
}

/** "The run was paused for 12 s. Its SLOs are evaluated for the load that ran."; empty without steering. */
export const steeringText = ({ steering_note }: RunRecord): string =>
  steering_note === null ? "" : `The run was ${steering_note}. Its SLOs are evaluated for the load that ran.`;
