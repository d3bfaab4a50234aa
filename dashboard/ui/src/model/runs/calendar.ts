/** Days as a calendar shows them: in weeks that begin on Monday, each as strong as its figure among the others. */

/** Columns of at most seven days; the first may be short. */
export function weeksOf<T extends { date: string }>(days: readonly T[]): T[][] {
  const weeks: T[][] = [];
  for (const day of days) {
    const monday = new Date(`${day.date}T00:00:00Z`).getUTCDay() === 1;
    if (weeks.length === 0 || monday) weeks.push([]);
    weeks.at(-1)?.push(day);
  }
  return weeks;
}

/** Percent of the color for a value: the least has a little, the greatest all of it. */
export function intensityOf(values: readonly (number | null)[]): (value: number | null) => number {
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const LEAST = 20;
  return (value) => {
    if (value === null) return 0;
    return high === low ? 60 : Math.round(LEAST + ((value - low) / (high - low)) * (100 - LEAST));
  };
}
