/** The time of day as a reactive value. It ticks only while something on the page shows it. */
import { createSubscriber } from "svelte/reactivity";

class Ticking {
  readonly #subscribe: () => void;

  constructor(everyMs: number) {
    this.#subscribe = createSubscriber((update) => {
      const timer = setInterval(update, everyMs);
      return () => clearInterval(timer);
    });
  }

  get now(): number {
    this.#subscribe();
    return Date.now();
  }
}

export const seconds = new Ticking(1_000);
export const minutes = new Ticking(60_000);
