/** Distances between colors as people see them, including people who cannot tell red from green. For theme tests. */
type Rgb = [number, number, number];
type Matrix = [Rgb, Rgb, Rgb];

/** Machado, Oliveira and Fernandes (2009), complete deuteranopia and protanopia, for linear RGB. */
const VISIONS: Matrix[] = [
  [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
];
const TO_LMS: Matrix = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
];
const TO_LAB: Matrix = [
  [0.2104542553, 0.793617785, -0.0040720468],
  [1.9779984951, -2.428592205, 0.4505937099],
  [0.0259040371, 0.7827717662, -0.808675766],
];

const times = (matrix: Matrix, [a, b, c]: Rgb): Rgb => matrix.map(([x, y, z]) => x * a + y * b + z * c) as Rgb;

/** Returns the linear parts of a #rrggbb color, from 0 to 1. */
export function linear(hex: string): Rgb {
  return [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
}

const oklab = (rgb: Rgb): Rgb => times(TO_LAB, times(TO_LMS, rgb).map(Math.cbrt) as Rgb);

const distanceIn = (vision: Matrix, a: string, b: string): number => {
  const [x, y] = [a, b].map((hex) =>
    oklab(times(vision, linear(hex)).map((part) => Math.min(1, Math.max(0, part))) as Rgb),
  ) as [Rgb, Rgb];
  return Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
};

/** Returns the distance in OKLab for somebody who sees all colors. Black and white are 1 apart. */
export const distance = (a: string, b: string): number => distanceIn(VISIONS[0] as Matrix, a, b);

/** Returns the smallest distance in OKLab over all kinds of vision. */
export const smallestDistance = (a: string, b: string): number =>
  Math.min(...VISIONS.map((vision) => distanceIn(vision, a, b)));
