/** Who started, stopped and changed a run. */
import type { RunRecord } from "../../api/types";

type People = Pick<RunRecord, "started_by" | "stopped_by" | "changed_by">;

/** "started by ci, stopped by ann"; empty for runs of earlier versions. */
export function peopleText({ started_by, stopped_by, changed_by }: People): string {
  const parts = [
    started_by && `started by ${started_by}`,
    stopped_by && `stopped by ${stopped_by}`,
    changed_by && changed_by !== started_by && `changed by ${changed_by}`,
  ];
  return parts.filter(Boolean).join(", ");
}
