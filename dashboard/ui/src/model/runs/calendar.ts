/** Calendar heatmap: weeks that start on Monday, and the color intensity of each day. */

/** Groups consecutive days into weeks of up to seven days. */
export function weeksOf<T extends { date: string }>(days: readonly T[]): T[][] {
  const weeks: T[][] = [];
  for (const day of days) {
    if (weeks.length === 0 || weekdayOf(day.date) === 0) weeks.push([]);
    weeks.at(-1)?.push(day);
  }
  return weeks;
}

export const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Returns the day of the week: 0 is Monday. */
export const weekdayOf = (date: string): number => (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;

/** Returns the month above each week: where a month starts, and above the first week unless the next label is too near. */
export function monthLabels(weeks: readonly { date: string }[][]): string[] {
  const months = weeks.map((week) => MONTHS[Number(week.at(-1)?.date.slice(5, 7)) - 1] ?? "");
  return months.map((month, i) => {
    if (i === 0) return months[1] === month && months[2] === month ? month : "";
    return months[i - 1] === month ? "" : month;
  });
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
