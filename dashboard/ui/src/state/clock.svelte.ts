/** The current time as a reactive value. The timer runs only while something reads it. */
import { createSubscriber } from "svelte/reactivity";

class ReactiveClock {
  readonly #subscribe: () => void;

  constructor(intervalMs: number) {
    this.#subscribe = createSubscriber((update) => {
      const timer = setInterval(update, intervalMs);
      return () => clearInterval(timer);
    });
  }

  get now(): number {
    this.#subscribe();
    return Date.now();
  }
}

export const seconds = new ReactiveClock(1_000);
export const minutes = new ReactiveClock(60_000);
