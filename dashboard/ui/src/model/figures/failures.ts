/** Failed requests and failed checks of an operation. */
import type { OpBreakdown } from "../../api/types";

export interface Failures {
  failed: number;
  /** Whether the operation has checks. */
  checked: boolean;
  /** Failed checks: `count` failures `of` executions. */
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
