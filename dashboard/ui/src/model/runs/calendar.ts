/** Calendar heatmap: weeks that start on Monday, and the color intensity of each day. */

/** Groups consecutive days into weeks of up to seven days. */
export function weeksOf<T extends { date: string }>(days: readonly T[]): T[][] {
  const weeks: T[][] = [];
  for (const day of days) {
    const monday = new Date(`${day.date}T00:00:00Z`).getUTCDay() === 1;
    if (weeks.length === 0 || monday) weeks.push([]);
    weeks.at(-1)?.push(day);
  }
  return weeks;
}

const MIN_INTENSITY = 20;

/** Maps a value to a color intensity in percent: the minimum to MIN_INTENSITY, the maximum to 100, null to 0. */
export function intensityOf(values: readonly (number | null)[]): (value: number | null) => number {
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return (value) => {
    if (value === null) return 0;
    return high === low ? 60 : Math.round(MIN_INTENSITY + ((value - low) / (high - low)) * (100 - MIN_INTENSITY));
  };
}
