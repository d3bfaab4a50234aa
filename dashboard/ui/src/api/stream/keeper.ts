/** Keeps the one stream of this browser: the union of all tabs' topics on one line, resumed where it broke. */
import type { ToKeeper, ToTab } from "./messages";
import { EventParser, type ServerEvent } from "./parser";

/** Opens the line and yields its text. Throws when it cannot be had. */
export type Connect = (topics: string[], lastId: string | null, signal: AbortSignal) => AsyncIterable<string>;
export type Tab = (message: ToTab) => void;

/** The line was refused for good: the visitor has to log in. */
export class Denied extends Error {}

/** The server asked for patience. */
export class Busy extends Error {
  constructor(readonly seconds: number) {
    super("too many streams");
  }
}

/** The server beats every 10 s; two and a half beats without a sign are a dead line. */
export const SILENCE_MS = 25_000;
/** A server that is well greets at once. */
export const GREETING_MS = 8_000;
/** As many as the server takes on one line; the shortest, `runs`, always has its place. */
const MAX_TOPICS = 32;
const GATHER_MS = 20;
const BACK_OFF_MS = [250, 500, 1_000, 2_000, 4_000];

export class Keeper {
  readonly #connect: Connect;
  readonly #tabs = new Map<Tab, string[]>();
  #line: AbortController | null = null;
  #carried: string[] = [];
  #open = false;
  #lastId: string | null = null;
  #failures = 0;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(connect: Connect) {
    this.#connect = connect;
  }

  handle(tab: Tab, message: ToKeeper): void {
    if (message.kind === "retry") this.#restart();
    else if (message.kind === "bye") this.#tabs.delete(tab);
    else this.#tabs.set(tab, message.topics);
    if (message.kind === "topics") this.#welcome(tab, message.topics);
    clearTimeout(this.#gathering);
    this.#gathering = setTimeout(() => this.#adjust(), GATHER_MS);
  }

  #welcome(tab: Tab, topics: string[]): void {
    tab({ kind: "state", state: this.#open ? "open" : this.#failures > 1 ? "lost" : "connecting" });
    const carried = topics.filter((topic) => this.#carried.includes(topic));
    if (this.#open && carried.length > 0) tab({ kind: "open", topics: carried, fresh: false });
  }

  #wanted(): string[] {
    const topics = [...new Set([...this.#tabs.values()].flat())].sort(
      (a, b) => a.length - b.length || a.localeCompare(b),
    );
    return topics.slice(0, MAX_TOPICS);
  }

  /** A new line only for topics that the present one does not carry; what is carried too much is dropped with the next. */
  #adjust(): void {
    const wanted = this.#wanted();
    if (wanted.length === 0) this.#hangUp();
    else if (!this.#line || wanted.some((topic) => !this.#carried.includes(topic))) this.#restart();
  }

  #hangUp(): void {
    clearTimeout(this.#waiting);
    this.#line?.abort();
    this.#line = null;
    this.#open = false;
    this.#carried = [];
  }

  #restart(): void {
    this.#hangUp();
    const wanted = this.#wanted();
    if (wanted.length === 0) return;
    this.#carried = wanted;
    this.#line = new AbortController();
    void this.#follow(this.#line, wanted);
  }

  async #follow(line: AbortController, topics: string[]): Promise<void> {
    const watch = new Watch(() => line.abort(new Error("silence")));
    try {
      const parser = new EventParser();
      for await (const chunk of this.#connect(topics, this.#lastId, line.signal)) {
        watch.sign();
        if (this.#line === line) this.#takeAll(parser.push(chunk), topics);
      }
      this.#failed(line, null);
    } catch (error) {
      this.#failed(line, error);
    } finally {
      watch.end();
    }
  }

  /** A reset right behind hello says that nothing is known of what was missed: that is a fresh line. */
  #takeAll(events: ServerEvent[], topics: string[]): void {
    const [first, second] = events;
    if (first?.event !== "hello") {
      for (const event of events) this.#take(event, topics);
      return;
    }
    const reset = second?.event === "reset";
    const fresh = reset || this.#lastId === null;
    this.#lastId = (reset ? second.id : this.#lastId) ?? first.id;
    this.#failures = 0;
    this.#open = true;
    this.#tellAll({ kind: "state", state: "open" });
    this.#tellAll({ kind: "open", topics, fresh });
    for (const event of events.slice(reset ? 2 : 1)) this.#take(event, topics);
  }

  #take(event: ServerEvent, topics: string[]): void {
    this.#lastId = event.id ?? this.#lastId;
    const data = JSON.parse(event.data) as { topic?: string; topics?: string[]; data?: unknown };
    if (event.event === "reset") this.#tellAll({ kind: "reset", topics: data.topics ?? topics });
    else if (data.topic !== undefined) this.#deliver(data.topic, event.event, data.data);
  }

  #deliver(topic: string, event: string, data: unknown): void {
    for (const [tab, topics] of this.#tabs) if (topics.includes(topic)) tab({ kind: "event", topic, event, data });
  }

  #failed(line: AbortController, error: unknown): void {
    if (this.#line !== line) return;
    this.#line = null;
    this.#open = false;
    if (error instanceof Denied) {
      this.#tellAll({ kind: "denied" });
      return;
    }
    this.#failures += 1;
    // One broken line that comes back at once is nobody's business.
    if (this.#failures > 1) this.#tellAll({ kind: "state", state: "lost" });
    const pause = BACK_OFF_MS[Math.min(this.#failures, BACK_OFF_MS.length) - 1] ?? 0;
    this.#waiting = setTimeout(() => this.#restart(), error instanceof Busy ? error.seconds * 1000 : pause);
  }

  #tellAll(message: ToTab): void {
    for (const tab of this.#tabs.keys()) tab(message);
  }
}

/** Calls `dead` when no greeting came, or no sign for SILENCE_MS, also after the machine has slept. */
class Watch {
  #timer: ReturnType<typeof setTimeout>;
  readonly #dead: () => void;

  constructor(dead: () => void) {
    this.#dead = dead;
    this.#timer = setTimeout(dead, GREETING_MS);
  }

  sign(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#dead, SILENCE_MS);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
