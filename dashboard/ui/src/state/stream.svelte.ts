/** Subscriptions to topics of the event stream. */
import { type Channel, openChannel } from "../api/stream/channel";
import type { StreamState, StreamMessage } from "../api/stream/messages";

export interface Listener {
  onevent: (event: string, data: unknown, topic: string) => void;
  /** Events were missed; load the data again. */
  onreset: () => void;
}

export interface Subscription {
  /** Resolves when the stream carries the topics, or after a timeout, so that data also loads without a stream. */
  readonly opened: Promise<void>;
  close(): void;
}

interface Entry extends Listener {
  topics: string[];
  pending: boolean;
  opened: () => void;
}

const OPEN_TIMEOUT_MS = 600;
const UNSUBSCRIBE_DELAY_MS = 1_000;

class Stream {
  state = $state<StreamState>("connecting");
  denied = $state(false);
  #channel: Channel | null = null;
  #entries = new Set<Entry>();
  #unsubscribeTimer: ReturnType<typeof setTimeout> | undefined;

  subscribe(topics: string[], listener: Listener): Subscription {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const entry: Entry = {
      ...listener,
      topics,
      pending: true,
      opened: () => {
        entry.pending = false;
        resolve(undefined);
      },
    };
    setTimeout(entry.opened, OPEN_TIMEOUT_MS);
    this.#entries.add(entry);
    this.#sendTopics();
    return {
      opened: promise,
      close: () => {
        this.#entries.delete(entry);
        // A tab change drops and adds the same topics, so the update waits a moment.
        clearTimeout(this.#unsubscribeTimer);
        this.#unsubscribeTimer = setTimeout(() => this.#sendTopics(), UNSUBSCRIBE_DELAY_MS);
      },
    };
  }

  retry(): void {
    this.#channel?.send({ kind: "retry" });
  }

  #sendTopics(): void {
    clearTimeout(this.#unsubscribeTimer);
    this.#channel ??= openChannel((message) => this.#receive(message));
    const topics = [...new Set([...this.#entries].flatMap((entry) => entry.topics))];
    this.#channel.send({ kind: "topics", topics });
  }

  #receive(message: StreamMessage): void {
    if (message.kind === "state") this.state = message.state;
    else if (message.kind === "denied") this.denied = true;
    else if (message.kind === "open") this.#handleOpen(message.topics, message.fresh);
    else if (message.kind === "reset") this.#handleReset(message.topics);
    else
      for (const entry of this.#entries)
        if (entry.topics.includes(message.topic)) entry.onevent(message.event, message.data, message.topic);
  }

  #handleOpen(topics: string[], fresh: boolean): void {
    for (const entry of this.#entries) {
      if (!entry.topics.every((topic) => topics.includes(topic))) continue;
      if (entry.pending) entry.opened();
      else if (fresh) entry.onreset();
    }
  }

  #handleReset(topics: string[]): void {
    for (const entry of this.#entries) if (entry.topics.some((topic) => topics.includes(topic))) entry.onreset();
  }
}

export const stream = new Stream();
