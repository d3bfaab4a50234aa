/** Failed requests and failed checks of an operation. */
import type { OpBreakdown } from "../../api/types";

export interface Failures {
  /** Number of failed requests. */
  failed: number;
  /** Whether the operation has checks. */
  hasChecks: boolean;
  /** Failed checks: `count` failures in `of` executions. */
  checks: { name: string; count: number; of: number }[];
}

export function failuresOf({ figures, checks }: Pick<OpBreakdown, "figures" | "checks">): Failures {
  const failedChecks = checks.filter(({ fails }) => fails > 0);
  return {
    failed: figures.errors,
    hasChecks: checks.length > 0,
    checks: failedChecks.map(({ check, passes, fails }) => ({ name: check, count: fails, of: passes + fails })),
  };
}
