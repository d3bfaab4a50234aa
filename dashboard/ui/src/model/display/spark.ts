/** Returns the SVG path of a sparkline. Missing values break the line. */
export function sparkPath(values: readonly (number | null)[], width: number, height: number): string {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return "";
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const span = high - low || 1;
  const step = (width - 4) / (values.length - 1);
  let path = "";
  let continuesLine = false;
  for (const [i, value] of values.entries()) {
    if (value === null) {
      continuesLine = false;
      continue;
    }
    const y = high === low ? height / 2 : height - 2 - ((value - low) / span) * (height - 4);
    path += `${continuesLine ? "L" : "M"}${(2 + i * step).toFixed(1)} ${y.toFixed(1)}`;
    continuesLine = true;
  }
  return path;
}
