// How many failing requests a virtual user may report. Users cannot share a counter, so each user's budget depends on
// its number. A thousand users report about 1,500 requests at most, and further users hardly add to that.

const MAX_REPORTS = 200;
const MAX_REPORTS_PER_KIND = 3;

/**
 * @param {number} user the user's number, from 1
 * @param {number} random a random number in [0, 1)
 */
export function reportBudget(user, random) {
  const share = MAX_REPORTS / Math.max(1, user);
  return share >= 1 ? Math.floor(share) : random < share ? 1 : 0;
}

/**
 * Returns the budget of one user for its reports. `counts` holds the reports of one endpoint by kind.
 * @param {number} budget
 */
export function newBudget(budget) {
  let remaining = budget;
  return { hasRoom, spend };

  /**
   * Returns whether another failure of one of these kinds may be reported. `isEarly` means that a later report can
   * contain more, so at most one early report of a kind is allowed.
   * @param {string[]} kinds
   * @param {Map<string, number>} counts
   */
  function hasRoom(kinds, counts, isEarly = false) {
    const most = isEarly ? 1 : MAX_REPORTS_PER_KIND;
    return remaining > 0 && kinds.some((kind) => (counts.get(kind) ?? 0) < most);
  }

  /**
   * Counts a report.
   * @param {string[]} kinds
   * @param {Map<string, number>} counts
   */
  function spend(kinds, counts) {
    remaining -= 1;
    kinds.forEach((kind) => counts.set(kind, (counts.get(kind) ?? 0) + 1));
  }
}
