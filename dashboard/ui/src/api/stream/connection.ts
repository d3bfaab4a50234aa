/** The one event stream of this browser. It carries the topics of all tabs and resumes after an interruption. */
import type { TabMessage, StreamMessage } from "./messages";
import { EventParser, type ServerEvent } from "./parser";

/** Opens the stream and yields its text. Throws if the request fails. */
export type Connect = (topics: string[], lastId: string | null, signal: AbortSignal) => AsyncIterable<string>;
export type Tab = (message: StreamMessage) => void;

/** The server requires a login. */
export class Denied extends Error {}

/** The server has too many streams; retry after `seconds`. */
export class Busy extends Error {
  constructor(readonly seconds: number) {
    super("too many streams");
  }
}

/** The server sends a heartbeat every 10 s; after 2.5 missed heartbeats the connection counts as dead. */
export const SILENCE_TIMEOUT_MS = 25_000;
/** Maximum time until the `hello` event. */
export const HELLO_TIMEOUT_MS = 8_000;
/** The server's limit per stream. Topics are sorted by length, so the shortest one, `runs`, is never dropped. */
const MAX_TOPICS = 32;
const UPDATE_DELAY_MS = 20;
const BACKOFF_MS = [250, 500, 1_000, 2_000, 4_000];

export class StreamConnection {
  readonly #connect: Connect;
  readonly #tabs = new Map<Tab, string[]>();
  #current: AbortController | null = null;
  #topics: string[] = [];
  #open = false;
  #lastId: string | null = null;
  #failures = 0;
  #updateTimer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(connect: Connect) {
    this.#connect = connect;
  }

  handle(tab: Tab, message: TabMessage): void {
    if (message.kind === "retry") this.#restart();
    else if (message.kind === "bye") this.#tabs.delete(tab);
    else this.#tabs.set(tab, message.topics);
    if (message.kind === "topics") this.#sendState(tab, message.topics);
    clearTimeout(this.#updateTimer);
    this.#updateTimer = setTimeout(() => this.#update(), UPDATE_DELAY_MS);
  }

  #sendState(tab: Tab, topics: string[]): void {
    tab({ kind: "state", state: this.#open ? "open" : this.#failures > 1 ? "lost" : "connecting" });
    const openTopics = topics.filter((topic) => this.#topics.includes(topic));
    if (this.#open && openTopics.length > 0) tab({ kind: "open", topics: openTopics, fresh: false });
  }

  #requestedTopics(): string[] {
    const topics = [...new Set([...this.#tabs.values()].flat())].sort(
      (a, b) => a.length - b.length || a.localeCompare(b),
    );
    return topics.slice(0, MAX_TOPICS);
  }

  /** Reconnects only for new topics. A topic that is no longer needed stays until the next reconnect. */
  #update(): void {
    const topics = this.#requestedTopics();
    if (topics.length === 0) this.#disconnect();
    else if (!this.#current || topics.some((topic) => !this.#topics.includes(topic))) this.#restart();
  }

  #disconnect(): void {
    clearTimeout(this.#retryTimer);
    this.#current?.abort();
    this.#current = null;
    this.#open = false;
    this.#topics = [];
  }

  #restart(): void {
    this.#disconnect();
    const topics = this.#requestedTopics();
    if (topics.length === 0) return;
    this.#topics = topics;
    this.#current = new AbortController();
    void this.#follow(this.#current, topics);
  }

  async #follow(connection: AbortController, topics: string[]): Promise<void> {
    const watchdog = new Watchdog(() => connection.abort(new Error("no heartbeat")));
    try {
      const parser = new EventParser();
      for await (const chunk of this.#connect(topics, this.#lastId, connection.signal)) {
        watchdog.reset();
        if (this.#current === connection) this.#processAll(parser.push(chunk), topics);
      }
      this.#handleFailure(connection, null);
    } catch (error) {
      this.#handleFailure(connection, error);
    } finally {
      watchdog.stop();
    }
  }

  /** A `reset` right after `hello` means that the server cannot replay missed events, so the stream counts as fresh. */
  #processAll(events: ServerEvent[], topics: string[]): void {
    const [first, second] = events;
    if (first?.event !== "hello") {
      for (const event of events) this.#process(event, topics);
      return;
    }
    const reset = second?.event === "reset";
    const fresh = reset || this.#lastId === null;
    this.#lastId = (reset ? second.id : this.#lastId) ?? first.id;
    this.#failures = 0;
    this.#open = true;
    this.#broadcast({ kind: "state", state: "open" });
    this.#broadcast({ kind: "open", topics, fresh });
    for (const event of events.slice(reset ? 2 : 1)) this.#process(event, topics);
  }

  #process(event: ServerEvent, topics: string[]): void {
    this.#lastId = event.id ?? this.#lastId;
    const data = JSON.parse(event.data) as { topic?: string; topics?: string[]; data?: unknown };
    if (event.event === "reset") this.#broadcast({ kind: "reset", topics: data.topics ?? topics });
    else if (data.topic !== undefined) this.#deliver(data.topic, event.event, data.data);
  }

  #deliver(topic: string, event: string, data: unknown): void {
    for (const [tab, topics] of this.#tabs) if (topics.includes(topic)) tab({ kind: "event", topic, event, data });
  }

  #handleFailure(connection: AbortController, error: unknown): void {
    if (this.#current !== connection) return;
    this.#current = null;
    this.#open = false;
    if (error instanceof Denied) {
      this.#broadcast({ kind: "denied" });
      return;
    }
    this.#failures += 1;
    // A single interruption with an immediate reconnect is not reported.
    if (this.#failures > 1) this.#broadcast({ kind: "state", state: "lost" });
    const pause = BACKOFF_MS[Math.min(this.#failures, BACKOFF_MS.length) - 1] ?? 0;
    this.#retryTimer = setTimeout(() => this.#restart(), error instanceof Busy ? error.seconds * 1000 : pause);
  }

  #broadcast(message: StreamMessage): void {
    for (const tab of this.#tabs.keys()) tab(message);
  }
}

/** Calls `onsilence` if no data arrives in time, for example after the machine was suspended. */
class Watchdog {
  #timer: ReturnType<typeof setTimeout>;
  readonly #onsilence: () => void;

  constructor(onsilence: () => void) {
    this.#onsilence = onsilence;
    this.#timer = setTimeout(onsilence, HELLO_TIMEOUT_MS);
  }

  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onsilence, SILENCE_TIMEOUT_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
