/** Which columns of a table are shown, and the width of its first column. Both are remembered in the browser. */
import { read, write } from "./stored";

interface Stored {
  hidden?: string[];
  width?: number;
}

export const MIN_COLUMN_PX = 80;
export const MAX_COLUMN_PX = 800;

export class TableColumns {
  /** Keys of the hidden columns; null until the user chooses, so that the width of the window decides. */
  hidden = $state.raw<ReadonlySet<string> | null>(null);
  /** Width of the first column in pixels; null until the user changes it. */
  width = $state<number | null>(null);
  #storageKey: string;

  constructor(table: string) {
    this.#storageKey = `columns.${table}`;
    const stored = (read(() => localStorage, this.#storageKey) ?? {}) as Stored;
    if (Array.isArray(stored.hidden)) this.hidden = new Set(stored.hidden.map(String));
    if (typeof stored.width === "number") this.width = clamped(stored.width);
  }

  isShown(key: string): boolean {
    return !this.hidden?.has(key);
  }

  toggle(key: string): void {
    const hidden = new Set(this.hidden);
    if (!hidden.delete(key)) hidden.add(key);
    this.hidden = hidden;
    this.#store();
  }

  /** Sets the width of the first column in pixels; null for the width of its texts. */
  resize(width: number | null): void {
    this.width = width === null ? null : clamped(width);
    this.#store();
  }

  reset(): void {
    this.hidden = null;
    this.width = null;
    this.#store();
  }

  #store(): void {
    const stored: Stored = {};
    if (this.hidden) stored.hidden = [...this.hidden];
    if (this.width !== null) stored.width = this.width;
    write(() => localStorage, this.#storageKey, stored);
  }
}

const clamped = (width: number): number => Math.round(Math.min(Math.max(width, MIN_COLUMN_PX), MAX_COLUMN_PX));
