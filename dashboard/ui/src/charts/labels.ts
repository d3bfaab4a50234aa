/** Labels at line ends, moved apart so that they do not overlap. */
export interface EndLabel {
  y: number;
  text: string;
  color: string;
}

/** Returns the labels from top to bottom, at least `gap` apart and not below `floor`. */
export function spreadLabels(labels: readonly EndLabel[], gap: number, floor: number): EndLabel[] {
  const placed = [...labels].sort((a, b) => a.y - b.y).map((label) => ({ ...label }));
  for (let i = 1; i < placed.length; i++) {
    const [above, below] = [placed[i - 1], placed[i]];
    if (above && below) below.y = Math.max(below.y, above.y + gap);
  }
  let limit = floor;
  for (const label of placed.reverse()) {
    label.y = Math.min(label.y, limit);
    limit = label.y - gap;
  }
  return placed.reverse();
}
