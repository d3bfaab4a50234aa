// How many failing requests a virtual user may show: users cannot count together, so each gets its share by its number.
// A thousand users show some 1,500 at most, and the users behind them hardly more.

const MOST = 200;
export const MOST_PER_KIND = 3;

export function allowanceOf(vu, random) {
  const share = MOST / Math.max(1, vu);
  return share >= 1 ? Math.floor(share) : random < share ? 1 : 0;
}

// Whether one more of any of these kinds may be shown; it is counted then.
export function newAllowance(vu, random) {
  let left = allowanceOf(vu, random);
  return (kinds, counts) => {
    const fresh = left > 0 && kinds.some((kind) => (counts.get(kind) ?? 0) < MOST_PER_KIND);
    if (fresh) {
      left -= 1;
      kinds.forEach((kind) => counts.set(kind, (counts.get(kind) ?? 0) + 1));
    }
    return fresh;
  };
}
