/** The planned curve of virtual users: corners joined by straight lines; two corners at one time are a jump. */
import type { PlanPoint } from "../api/types";

export function plannedAt(plan: readonly PlanPoint[], seconds: number): number | null {
  const first = plan[0];
  const last = plan.at(-1);
  if (!first || !last || seconds < first.at_s || seconds > last.at_s) return null;
  for (let i = plan.length - 1; i > 0; i--) {
    const [a, b] = [plan[i - 1], plan[i]];
    if (!a || !b || seconds < a.at_s) continue;
    if (b.at_s === a.at_s) return b.vus;
    return a.vus + ((b.vus - a.vus) * (Math.min(seconds, b.at_s) - a.at_s)) / (b.at_s - a.at_s);
  }
  return first.vus;
}

export const peakOf = (plan: readonly PlanPoint[]): number => plan.reduce((peak, point) => Math.max(peak, point.vus), 0);

/** The curve as an SVG path in a box, with the floor of the box as its start and end when `closed`. */
export function planPath(plan: readonly PlanPoint[], width: number, height: number, peak: number, closed: boolean): string {
  const length = plan.at(-1)?.at_s ?? 0;
  if (length <= 0 || peak <= 0) return "";
  const x = (seconds: number) => ((seconds / length) * width).toFixed(1);
  const y = (vus: number) => (height - (vus / peak) * height).toFixed(1);
  const line = plan.map((point) => `${x(point.at_s)} ${y(point.vus)}`).join("L");
  return closed ? `M0 ${String(height)}L${line}L${x(length)} ${String(height)}Z` : `M${line}`;
}
