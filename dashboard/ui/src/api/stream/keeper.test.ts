import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Busy, Denied, GREETING_MS, Keeper, SILENCE_MS } from "./keeper";
import type { ToTab } from "./messages";

interface Call {
  topics: string[];
  lastId: string | null;
  signal: AbortSignal;
  say(text: string): void;
  end(error?: Error): void;
}

/** A server whose lines the test holds in its hand. */
class FakeServer {
  readonly calls: Call[] = [];

  readonly connect = (topics: string[], lastId: string | null, signal: AbortSignal): ReadableStream<string> => {
    let controller!: ReadableStreamDefaultController<string>;
    const stream = new ReadableStream<string>({ start: (given) => void (controller = given) });
    const end = (error?: Error) => {
      if (error) controller.error(error);
      else controller.close();
    };
    signal.addEventListener("abort", () => {
      controller.error(new Error("aborted"));
    });
    this.calls.push({
      topics,
      lastId,
      signal,
      end,
      say: (text) => {
        controller.enqueue(text);
      },
    });
    return stream;
  };

  get last(): Call {
    const call = this.calls.at(-1);
    if (!call) throw new Error("nobody connected");
    return call;
  }
}

const hello = (id: string) => `id: ${id}\nevent: hello\ndata: {"id":"${id}"}\n\n`;
const event = (id: string, topic: string, data: unknown) =>
  `id: ${id}\nevent: run\ndata: ${JSON.stringify({ topic, data })}\n\n`;
const settle = () => vi.advanceTimersByTimeAsync(30);

let server: FakeServer;
let keeper: Keeper;

function tab(...topics: string[]) {
  const heard: ToTab[] = [];
  const receive = (message: ToTab) => void heard.push(message);
  keeper.handle(receive, { kind: "topics", topics });
  const of = (kind: ToTab["kind"]) => heard.filter((message) => message.kind === kind);
  return {
    heard,
    of,
    receive,
    listen: (...more: string[]) => {
      keeper.handle(receive, { kind: "topics", topics: more });
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  keeper = new Keeper(server.connect);
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the keeper", () => {
  it("has one line for the topics of all tabs", async () => {
    tab("runs", "run:a");
    tab("runs", "run:b");
    await settle();
    expect(server.calls.map(({ topics }) => topics)).toEqual([["runs", "run:a", "run:b"]]);
  });

  it("gives each tab only what it asked for", async () => {
    const [one, two] = [tab("run:a"), tab("run:b")];
    await settle();
    server.last.say(hello("e-1") + event("e-2", "run:a", 1));
    await settle();
    expect(one.of("event")).toEqual([{ kind: "event", topic: "run:a", event: "run", data: 1 }]);
    expect(two.of("event")).toEqual([]);
  });

  it("takes up a broken line behind the last event", async () => {
    const one = tab("runs");
    await settle();
    server.last.say(hello("e-1") + event("e-7", "runs", 1));
    await settle();
    server.last.end();
    await vi.advanceTimersByTimeAsync(300);
    expect(server.last.lastId).toBe("e-7");
    server.last.say(hello("e-7"));
    await settle();
    expect(one.of("open").at(-1)).toEqual({ kind: "open", topics: ["runs"], fresh: false });
    expect(one.of("state").map((message) => "state" in message && message.state)).not.toContain("lost");
  });

  it("adds a topic without losing what happens meanwhile", async () => {
    const one = tab("runs");
    await settle();
    server.last.say(hello("e-1") + event("e-5", "runs", 1));
    await settle();
    one.listen("runs", "run:a");
    await settle();
    expect(server.calls).toHaveLength(2);
    expect([server.last.topics, server.last.lastId]).toEqual([["runs", "run:a"], "e-5"]);
    expect(server.calls[0]?.signal.aborted).toBe(true);
  });

  it("keeps its line when a topic is no longer wanted", async () => {
    const one = tab("runs", "run:a");
    await settle();
    one.listen("runs");
    await settle();
    expect(server.calls).toHaveLength(1);
  });

  it("says lost when the line does not come back at once, and goes on trying", async () => {
    const one = tab("runs");
    await settle();
    for (let i = 0; i < 4; i++) {
      server.last.end(new Error("refused"));
      await vi.advanceTimersByTimeAsync(5_000);
    }
    expect(one.of("state").at(-1)).toEqual({ kind: "state", state: "lost" });
    server.last.say(hello("f-1"));
    await settle();
    expect(one.of("state").at(-1)).toEqual({ kind: "state", state: "open" });
  });

  it("takes a reset behind hello for a fresh line, and the new server's id", async () => {
    const one = tab("runs");
    await settle();
    server.last.say(hello("e-1"));
    await settle();
    server.last.end();
    await vi.advanceTimersByTimeAsync(300);
    server.last.say(`${hello("f-3")}id: f-3\nevent: reset\ndata: {"topics":["runs"]}\n\n`);
    await settle();
    expect(one.of("open").at(-1)).toEqual({ kind: "open", topics: ["runs"], fresh: true });
    expect(one.of("reset")).toEqual([]);
    server.last.end();
    await vi.advanceTimersByTimeAsync(300);
    expect(server.last.lastId).toBe("f-3");
  });

  it("passes on a reset in the middle", async () => {
    const one = tab("runs");
    await settle();
    server.last.say(hello("e-1"));
    await settle();
    server.last.say('id: e-9\nevent: reset\ndata: {"topics":["runs"]}\n\n');
    await settle();
    expect(one.of("reset")).toEqual([{ kind: "reset", topics: ["runs"] }]);
  });

  it("does not wait long for the greeting of a server that hangs, and says that the stream is lost", async () => {
    const { heard } = tab("runs");
    await settle();
    await vi.advanceTimersByTimeAsync(2 * GREETING_MS + 1_000);
    expect(server.calls.length).toBeGreaterThan(2);
    expect(heard).toContainEqual({ kind: "state", state: "lost" });
  });

  it("gives up a silent line, but not one that beats", async () => {
    tab("runs");
    await settle();
    server.last.say(hello("e-1"));
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 1_000);
    server.last.say(": beat\n\n");
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 1_000);
    expect(server.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(server.calls).toHaveLength(2);
  });

  it("waits as long as a busy server asks", async () => {
    tab("runs");
    await settle();
    server.last.end(new Busy(7));
    await vi.advanceTimersByTimeAsync(6_500);
    expect(server.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.calls).toHaveLength(2);
  });

  it("stops and says so when it is not let in", async () => {
    const one = tab("runs");
    await settle();
    server.last.end(new Denied());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(one.of("denied")).toHaveLength(1);
    expect(server.calls).toHaveLength(1);
  });

  it("hangs up when the last tab goes", async () => {
    const one = tab("runs");
    await settle();
    keeper.handle(one.receive, { kind: "bye" });
    await settle();
    expect(server.last.signal.aborted).toBe(true);
  });

  it("tells a new tab at once what the line carries already", async () => {
    tab("runs", "run:a");
    await settle();
    server.last.say(hello("e-1"));
    await settle();
    const two = tab("runs");
    expect(two.heard).toEqual([
      { kind: "state", state: "open" },
      { kind: "open", topics: ["runs"], fresh: false },
    ]);
  });

  it("asks for no more topics than the server takes, and never leaves out runs", async () => {
    tab(...Array.from({ length: 60 }, (_, i) => `run:${String(i + 10)}`), "runs");
    await settle();
    expect(server.last.topics).toHaveLength(32);
    expect(server.last.topics).toContain("runs");
  });
});
