/** The stream as the rest of the page sees it: subscribe to topics, hear events, know when something was missed. */
import { type Line, openLine } from "../api/stream/line";
import type { StreamState, ToTab } from "../api/stream/messages";

export interface Listener {
  onevent: (event: string, data: unknown, topic: string) => void;
  /** Something was missed: fetch again. */
  onreset: () => void;
}

export interface Subscription {
  /** Settles when the line carries the topics, or soon anyway: figures must not wait for a line that is down. */
  readonly opened: Promise<void>;
  close(): void;
}

interface Entry extends Listener {
  topics: string[];
  waiting: boolean;
  opened: () => void;
}

const OPEN_WITHIN_MS = 600;
const LEAVE_AFTER_MS = 1_000;

class Stream {
  state = $state<StreamState>("connecting");
  denied = $state(false);
  #line: Line | null = null;
  #entries = new Set<Entry>();
  #leaving: ReturnType<typeof setTimeout> | undefined;

  subscribe(topics: string[], listener: Listener): Subscription {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const entry: Entry = {
      ...listener,
      topics,
      waiting: true,
      opened: () => {
        entry.waiting = false;
        resolve(undefined);
      },
    };
    setTimeout(entry.opened, OPEN_WITHIN_MS);
    this.#entries.add(entry);
    this.#announce();
    return {
      opened: promise,
      close: () => {
        this.#entries.delete(entry);
        // Moving from one tab to the next drops and takes the same topics: tell only what lasts.
        clearTimeout(this.#leaving);
        this.#leaving = setTimeout(() => this.#announce(), LEAVE_AFTER_MS);
      },
    };
  }

  retry(): void {
    this.#line?.send({ kind: "retry" });
  }

  #announce(): void {
    clearTimeout(this.#leaving);
    this.#line ??= openLine((message) => this.#receive(message));
    const topics = [...new Set([...this.#entries].flatMap((entry) => entry.topics))];
    this.#line.send({ kind: "topics", topics });
  }

  #receive(message: ToTab): void {
    if (message.kind === "state") this.state = message.state;
    else if (message.kind === "denied") this.denied = true;
    else if (message.kind === "open") this.#opened(message.topics, message.fresh);
    else if (message.kind === "reset") this.#reset(message.topics);
    else
      for (const entry of this.#entries)
        if (entry.topics.includes(message.topic)) entry.onevent(message.event, message.data, message.topic);
  }

  #opened(topics: string[], fresh: boolean): void {
    for (const entry of this.#entries) {
      if (!entry.topics.every((topic) => topics.includes(topic))) continue;
      if (entry.waiting) entry.opened();
      else if (fresh) entry.onreset();
    }
  }

  #reset(topics: string[]): void {
    for (const entry of this.#entries) if (entry.topics.some((topic) => topics.includes(topic))) entry.onreset();
  }
}

export const stream = new Stream();
