/** What a tab and the stream's keeper say to each other. */
export type StreamState = "connecting" | "open" | "lost";

export interface StreamEvent {
  kind: "event";
  topic: string;
  event: string;
  data: unknown;
}

export type ToTab =
  | StreamEvent
  /** The line carries these topics now; `fresh` when nothing says what was missed before. */
  | { kind: "open"; topics: string[]; fresh: boolean }
  /** Something of these topics was missed: fetch it again. */
  | { kind: "reset"; topics: string[] }
  | { kind: "state"; state: StreamState }
  | { kind: "denied" };

export type ToKeeper = { kind: "topics"; topics: string[] } | { kind: "retry" } | { kind: "bye" };
