/** Renders a chart as PNG: its canvas below the title, the unit and the legend. */
import type { Palette } from "./palette";

export interface Caption {
  title: string;
  unit: string;
  items: { name: string; color: string; value: string }[];
}

const HEADER_HEIGHT = 52;
const PADDING = 16;

/** Returns null if the browser cannot create a PNG. */
export function toPng(plot: HTMLCanvasElement, palette: Palette, caption: Caption): Promise<Blob | null> {
  const ratio = devicePixelRatio;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [plot.width + 2 * PADDING * ratio, plot.height + (HEADER_HEIGHT + PADDING) * ratio];
  const pen = canvas.getContext("2d");
  if (!pen) return Promise.resolve(null);
  pen.fillStyle = palette.surface;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(plot, PADDING * ratio, HEADER_HEIGHT * ratio);
  pen.scale(ratio, ratio);
  write(pen, palette, caption);
  return new Promise((resolve) => canvas.toBlob(resolve));
}

function write(pen: CanvasRenderingContext2D, palette: Palette, { title, unit, items }: Caption): void {
  const put = (text: string, x: number, y: number, color: string, weight: number) => {
    pen.font = `${String(weight)} ${y < 30 ? "14" : "12"}px ${palette.font}`;
    pen.fillStyle = color;
    pen.fillText(text, x, y);
    return x + pen.measureText(text).width;
  };
  const end = put(title, PADDING, 24, palette.text, 600);
  put(unit, end + 8, 24, palette["text-3"], 400);
  let x = PADDING;
  for (const { name, color, value } of items) {
    pen.fillStyle = palette[color as keyof Palette];
    pen.fillRect(x, 41, 14, 2);
    x = put(`${name} ${value}`, x + 20, 46, palette["text-2"], 400) + 16;
  }
}
