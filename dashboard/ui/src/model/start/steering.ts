/** Steering of a run: the requested curve in charts, and the slider in the header. */
import type { Control, PlanPoint, RunEvent } from "../../api/types";
import { count, plural } from "../display/format";
import { perSecond } from "./plan";

const usersOf = ({ data }: RunEvent): number =>
  data["paused"] === true || typeof data["vus"] !== "number" ? 0 : data["vus"];

/** Returns the requested users as corner points up to `until_s`; empty if the run was never steered. */
export function steeredCurve(planned: number, events: readonly RunEvent[], until_s: number): PlanPoint[] {
  const corners: PlanPoint[] = [{ at_s: 0, target: planned }];
  for (const event of events) {
    if (event.kind !== "run.control" || event.elapsed_s === null) continue;
    const before = corners.at(-1)?.target ?? planned;
    corners.push({ at_s: event.elapsed_s, target: before }, { at_s: event.elapsed_s, target: usersOf(event) });
  }
  const last = corners.at(-1);
  if (corners.length === 1 || !last) return [];
  return [...corners, { at_s: Math.max(until_s, last.at_s), target: last.target }];
}

/** Maximum and value of the slider, in users or in percent of the planned rate. */
export interface SliderRange {
  max: number;
  value: number;
}

export const sliderOf = (control: Control): SliderRange =>
  control.steering_variable === "vus"
    ? { max: control.planned_vus, value: control.vus ?? control.planned_vus }
    : { max: 100, value: Math.round((control.share ?? 1) * 100) };

/** Returns the request that sets the steering variable to the amount on the slider. */
export const controlBodyOf = (control: Control, amount: number) =>
  control.steering_variable === "vus" ? { vus: amount } : { share: amount / 100 };

/** Formats the amount on the slider: "5 of 20 VUs", "25%, 20/s". */
export function sliderText(control: Control, amount: number): string {
  if (control.steering_variable === "vus") return `${count(amount).value} of ${plural(control.planned_vus, "VU")}`;
  const rate = control.planned_rate === null ? "" : `, ${perSecond((control.planned_rate * amount) / 100)}/s`;
  return `${String(amount)}%${rate}`;
}

/** Describes what a stop waits for. */
export const waitingText = ({ running }: Control): string =>
  running === null ? "waiting for running iterations" : `waiting for ${plural(running, "running iteration")}`;
