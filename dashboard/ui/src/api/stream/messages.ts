/** Messages between a tab and the stream connection. */
export type StreamState = "connecting" | "open" | "lost";

export interface StreamEvent {
  kind: "event";
  topic: string;
  event: string;
  data: unknown;
}

export type StreamMessage =
  | StreamEvent
  /** The stream carries these topics; `fresh` if earlier events may have been missed. */
  | { kind: "open"; topics: string[]; fresh: boolean }
  /** Events of these topics were missed; load their data again. */
  | { kind: "reset"; topics: string[] }
  | { kind: "state"; state: StreamState }
  | { kind: "denied" };

export type TabMessage = { kind: "topics"; topics: string[] } | { kind: "retry" } | { kind: "bye" };
