import { describe, expect, it } from "vitest";
import { type Account, accountReasons, accountRows } from "./account";

const ACCOUNT: Account = {
  iterations: { begun: 12, completed: 9, thrown: 2, cut: 1, dropped: 0, missing: 0 },
  steps: {
    due: 1234,
    sent: 1230,
    skipped: 3,
    unreached: 1,
    redirected: 0,
    thrown: 1,
    skip_reasons: { "no value for id": 3 },
    throw_reasons: { boom: 1 },
  },
  requests: { sent: 1240, answered: 1235, unanswered: 5, errors: { "request timeout": 5 } },
  values: { extracted: 4, missing: 1 },
  is_empty: false,
};
const line = ({ name, total, parts }: ReturnType<typeof accountRows>[number]): string =>
  `${name}: ${total} = ${parts.map((part) => `${part.count} ${part.name}${part.isBad ? "!" : ""}`).join(" + ")}`;

describe("account", () => {
  it("shows every total as a sum of its parts", () => {
    expect(accountRows(ACCOUNT).map(line)).toEqual([
      "Iterations: 12 begun = 9 completed + 2 with an exception! + 1 cut",
      "Steps: 1,234 due = 1,230 sent + 3 skipped! + 1 with an exception!",
      "Requests: 1,240 sent = 1,235 answered + 5 unanswered!",
      "Values to extract: 5 = 4 extracted + 1 missing!",
    ]);
  });

  it("leaves out zeros and parts that a custom script does not have", () => {
    const iterations = { begun: null, completed: 0, thrown: 0, cut: null, dropped: 0, missing: 0 };
    const requests = { sent: 0, answered: 0, unanswered: 0, errors: {} };
    expect(accountRows({ iterations, requests, steps: null, values: null, is_empty: true }).map(line)).toEqual([
      "Iterations: unknown begun = 0 completed + unknown cut",
      "Requests: 0 sent = 0 answered",
    ]);
  });

  it("shows dropped iterations in a row of their own, because they never began", () => {
    const rows = accountRows({ ...ACCOUNT, iterations: { ...ACCOUNT.iterations, dropped: 7 } });
    expect(rows.map(line)).toContain("Dropped iterations: 7 = ");
  });

  it("lists reasons and errors, most frequent first", () => {
    expect(accountReasons(ACCOUNT).map(({ name, count }) => `${String(count)} ${name}`)).toEqual([
      "5 request timeout",
      "3 no value for id",
      "1 boom",
    ]);
  });
});
