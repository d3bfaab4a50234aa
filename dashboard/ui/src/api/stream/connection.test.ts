import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Busy, Denied, HELLO_TIMEOUT_MS, StreamConnection, SILENCE_TIMEOUT_MS } from "./connection";
import type { StreamMessage } from "./messages";

interface Call {
  topics: string[];
  lastId: string | null;
  signal: AbortSignal;
  send(text: string): void;
  end(error?: Error): void;
}

/** A server whose events the test sends. */
class FakeServer {
  readonly calls: Call[] = [];

  readonly connect = (topics: string[], lastId: string | null, signal: AbortSignal): ReadableStream<string> => {
    let controller!: ReadableStreamDefaultController<string>;
    const stream = new ReadableStream<string>({ start: (streamController) => void (controller = streamController) });
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
      send: (text) => {
        controller.enqueue(text);
      },
    });
    return stream;
  };

  get last(): Call {
    const call = this.calls.at(-1);
    if (!call) throw new Error("no connection");
    return call;
  }
}

const hello = (id: string) => `id: ${id}\nevent: hello\ndata: {"id":"${id}"}\n\n`;
const event = (id: string, topic: string, data: unknown) =>
  `id: ${id}\nevent: run\ndata: ${JSON.stringify({ topic, data })}\n\n`;
const settle = () => vi.advanceTimersByTimeAsync(30);

let server: FakeServer;
let connection: StreamConnection;

function openTab(...topics: string[]) {
  const received: StreamMessage[] = [];
  const receive = (message: StreamMessage) => void received.push(message);
  connection.handle(receive, { kind: "topics", topics });
  const messagesOf = (kind: StreamMessage["kind"]) => received.filter((message) => message.kind === kind);
  return {
    received,
    messagesOf,
    receive,
    listen: (...more: string[]) => {
      connection.handle(receive, { kind: "topics", topics: more });
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  connection = new StreamConnection(server.connect);
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the stream connection", () => {
  it("opens one stream for the topics of all tabs", async () => {
    openTab("runs", "run:a");
    openTab("runs", "run:b");
    await settle();
    expect(server.calls.map(({ topics }) => topics)).toEqual([["runs", "run:a", "run:b"]]);
  });

  it("delivers only subscribed topics to a tab", async () => {
    const [one, two] = [openTab("run:a"), openTab("run:b")];
    await settle();
    server.last.send(hello("e-1") + event("e-2", "run:a", 1));
    await settle();
    expect(one.messagesOf("event")).toEqual([{ kind: "event", topic: "run:a", event: "run", data: 1 }]);
    expect(two.messagesOf("event")).toEqual([]);
  });

  it("resumes after the last event", async () => {
    const one = openTab("runs");
    await settle();
    server.last.send(hello("e-1") + event("e-7", "runs", 1));
    await settle();
    server.last.end();
    await vi.advanceTimersByTimeAsync(300);
    expect(server.last.lastId).toBe("e-7");
    server.last.send(hello("e-7"));
    await settle();
    expect(one.messagesOf("open").at(-1)).toEqual({ kind: "open", topics: ["runs"], fresh: false });
    expect(one.messagesOf("state").map((message) => "state" in message && message.state)).not.toContain("lost");
  });

  it("adds a topic without losing events", async () => {
    const one = openTab("runs");
    await settle();
    server.last.send(hello("e-1") + event("e-5", "runs", 1));
    await settle();
    one.listen("runs", "run:a");
    await settle();
    expect(server.calls).toHaveLength(2);
    expect([server.last.topics, server.last.lastId]).toEqual([["runs", "run:a"], "e-5"]);
    expect(server.calls[0]?.signal.aborted).toBe(true);
  });

  it("keeps the stream when a topic is no longer needed", async () => {
    const one = openTab("runs", "run:a");
    await settle();
    one.listen("runs");
    await settle();
    expect(server.calls).toHaveLength(1);
  });

  it("reports a lost stream after a failed reconnect and keeps retrying", async () => {
    const one = openTab("runs");
    await settle();
    for (let i = 0; i < 4; i++) {
      server.last.end(new Error("refused"));
      await vi.advanceTimersByTimeAsync(5_000);
    }
    expect(one.messagesOf("state").at(-1)).toEqual({ kind: "state", state: "lost" });
    server.last.send(hello("f-1"));
    await settle();
    expect(one.messagesOf("state").at(-1)).toEqual({ kind: "state", state: "open" });
  });

  it("treats a reset after hello as a fresh stream with a new event id", async () => {
    const one = openTab("runs");
    await settle();
    server.last.send(hello("e-1"));
    await settle();
    server.last.end();
    await vi.advanceTimersByTimeAsync(300);
    server.last.send(`${hello("f-3")}id: f-3\nevent: reset\ndata: {"topics":["runs"]}\n\n`);
    await settle();
    expect(one.messagesOf("open").at(-1)).toEqual({ kind: "open", topics: ["runs"], fresh: true });
    expect(one.messagesOf("reset")).toEqual([]);
    server.last.end();
    await vi.advanceTimersByTimeAsync(300);
    expect(server.last.lastId).toBe("f-3");
  });

  it("forwards a later reset", async () => {
    const one = openTab("runs");
    await settle();
    server.last.send(hello("e-1"));
    await settle();
    server.last.send('id: e-9\nevent: reset\ndata: {"topics":["runs"]}\n\n');
    await settle();
    expect(one.messagesOf("reset")).toEqual([{ kind: "reset", topics: ["runs"] }]);
  });

  it("reports a lost stream if the server does not send hello", async () => {
    const { received } = openTab("runs");
    await settle();
    await vi.advanceTimersByTimeAsync(2 * HELLO_TIMEOUT_MS + 1_000);
    expect(server.calls.length).toBeGreaterThan(2);
    expect(received).toContainEqual({ kind: "state", state: "lost" });
  });

  it("reconnects a silent stream, but not one with heartbeats", async () => {
    openTab("runs");
    await settle();
    server.last.send(hello("e-1"));
    await vi.advanceTimersByTimeAsync(SILENCE_TIMEOUT_MS - 1_000);
    server.last.send(": heartbeat\n\n");
    await vi.advanceTimersByTimeAsync(SILENCE_TIMEOUT_MS - 1_000);
    expect(server.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(server.calls).toHaveLength(2);
  });

  it("waits as long as a busy server requests", async () => {
    openTab("runs");
    await settle();
    server.last.end(new Busy(7));
    await vi.advanceTimersByTimeAsync(6_500);
    expect(server.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.calls).toHaveLength(2);
  });

  it("stops when access is denied", async () => {
    const one = openTab("runs");
    await settle();
    server.last.end(new Denied());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(one.messagesOf("denied")).toHaveLength(1);
    expect(server.calls).toHaveLength(1);
  });

  it("disconnects when the last tab leaves", async () => {
    const one = openTab("runs");
    await settle();
    connection.handle(one.receive, { kind: "bye" });
    await settle();
    expect(server.last.signal.aborted).toBe(true);
  });

  it("sends a new tab the current state", async () => {
    openTab("runs", "run:a");
    await settle();
    server.last.send(hello("e-1"));
    await settle();
    const two = openTab("runs");
    expect(two.received).toEqual([
      { kind: "state", state: "open" },
      { kind: "open", topics: ["runs"], fresh: false },
    ]);
  });

  it("requests at most 32 topics and always includes runs", async () => {
    openTab(...Array.from({ length: 60 }, (_, i) => `run:${String(i + 10)}`), "runs");
    await settle();
    expect(server.last.topics).toHaveLength(32);
    expect(server.last.topics).toContain("runs");
  });
});
