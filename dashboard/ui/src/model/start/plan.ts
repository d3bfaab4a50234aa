/** The planned curve of users or of the rate: corner points joined by straight lines. Two points at the same time form a step. */
import type { Plan, PlanPoint, PlanUnit } from "../../api/types";
import { count, plural } from "../display/format";

export function plannedAt(plan: readonly PlanPoint[], seconds: number): number | null {
  const first = plan[0];
  const last = plan.at(-1);
  if (!first || !last || seconds < first.at_s || seconds > last.at_s) return null;
  for (let i = plan.length - 1; i > 0; i--) {
    const [a, b] = [plan[i - 1], plan[i]];
    if (!a || !b || seconds < a.at_s) continue;
    if (b.at_s === a.at_s) return b.target;
    return a.target + ((b.target - a.target) * (Math.min(seconds, b.at_s) - a.at_s)) / (b.at_s - a.at_s);
  }
  return first.target;
}

export const peakOf = (plan: readonly PlanPoint[]): number =>
  plan.reduce((peak, point) => Math.max(peak, point.target), 0);

/** Returns the SVG path of the curve in a box. `closed` adds the bottom edge of the box, for a filled area. */
export function planPath(
  plan: readonly PlanPoint[],
  width: number,
  height: number,
  peak: number,
  closed: boolean,
): string {
  const length = plan.at(-1)?.at_s ?? 0;
  if (length <= 0 || peak <= 0) return "";
  const x = (seconds: number) => ((seconds / length) * width).toFixed(1);
  const y = (target: number) => (height - (target / peak) * height).toFixed(1);
  const line = plan.map((point) => `${x(point.at_s)} ${y(point.target)}`).join("L");
  return closed ? `M0 ${String(height)}L${line}L${x(length)} ${String(height)}Z` : `M${line}`;
}

export interface PlanStage {
  /** Counts from 1, including stages without a duration. */
  number: number;
  name: string;
  from_s: number;
  to_s: number;
}

/** Returns the stages of a plan that take time. Those of a custom load are named as in the form. */
export function stagesOf({ profile, plan }: Pick<Plan, "profile" | "plan">): PlanStage[] {
  const stages = plan.slice(1).map((end, i) => {
    const start = plan[i] ?? end;
    const number = i + 1;
    const direction = end.target > start.target ? "Ramp-up" : end.target < start.target ? "Ramp-down" : "Hold";
    const name = profile === "custom" ? `Stage ${String(number)}` : direction;
    return { number, name, from_s: start.at_s, to_s: end.at_s };
  });
  return stages.filter(({ from_s, to_s }) => to_s > from_s);
}

const UNIT_LABELS = { vus: "virtual users", rate: "iterations per second" };

export const unitLabel = (unit: PlanUnit): string => (unit === null ? "several units" : UNIT_LABELS[unit]);

/** Formats the peak of a plan in the unit of the plan: "20 VUs", "50/s". */
export const peakText = ({ unit, peak_rate, peak_vus }: Pick<Plan, "unit" | "peak_rate" | "peak_vus">): string =>
  unit === "rate" && peak_rate !== null ? `${perSecond(peak_rate)}/s` : plural(peak_vus, "VU");

export const perSecond = (rate: number): string => (Number.isInteger(rate) ? count(rate).value : rate.toFixed(2));
