/** Why requests of an operation count as failed: checks that did not hold, beside the error messages. */
import type { OpBreakdown } from "../../api/types";

export interface Failures {
  failed: number;
  /** Any check at all. */
  checked: boolean;
  /** Failed ones, with how often of how many. */
  checks: { name: string; count: number; of: number }[];
}

export function failuresOf({ figures, checks }: Pick<OpBreakdown, "figures" | "checks">): Failures {
  const failed = checks.filter(({ fails }) => fails > 0);
  return {
    failed: figures.errors,
    checked: checks.length > 0,
    checks: failed.map(({ check, passes, fails }) => ({ name: check, count: fails, of: passes + fails })),
  };
}
