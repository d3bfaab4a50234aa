/** Connects a tab to the stream: through the shared worker, or directly if the browser has no shared workers. */
import { connect } from "./connect";
import { StreamConnection } from "./connection";
import type { TabMessage, StreamMessage } from "./messages";

export interface Channel {
  send(message: TabMessage): void;
}

export type Receive = (message: StreamMessage) => void;

export function openChannel(receive: Receive): Channel {
  if (typeof SharedWorker === "undefined") return openOwnChannel(receive);
  const worker = new SharedWorker(new URL("./worker.ts", import.meta.url), { type: "module", name: "stream" });
  let channel: Channel = {
    send: (message) => worker.port.postMessage(message),
  };
  let topics: string[] = [];
  worker.port.onmessage = ({ data }: MessageEvent<StreamMessage>) => {
    receive(data);
  };
  worker.onerror = () => {
    channel = openOwnChannel(receive);
    channel.send({ kind: "topics", topics });
  };
  const send = (message: TabMessage) => {
    if (message.kind === "topics") topics = message.topics;
    channel.send(message);
  };
  addEventListener("pagehide", () => channel.send({ kind: "bye" }));
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) send({ kind: "topics", topics });
  });
  return { send };
}

/** Only visible tabs hold a stream, because browsers allow only six connections per host. */
function openOwnChannel(receive: Receive): Channel {
  const connection = new StreamConnection(connect);
  let topics: string[] = [];
  const update = () => connection.handle(receive, document.hidden ? { kind: "bye" } : { kind: "topics", topics });
  document.addEventListener("visibilitychange", update);
  return {
    send: (message) => {
      if (message.kind === "topics") topics = message.topics;
      if (message.kind === "retry") connection.handle(receive, message);
      else update();
    },
  };
}
