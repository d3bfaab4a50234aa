/** A tab's end of the stream: the shared worker's port, or a keeper of its own where there are no shared workers. */
import { connect } from "./connect";
import { Keeper } from "./keeper";
import type { ToKeeper, ToTab } from "./messages";

export interface Line {
  send(message: ToKeeper): void;
}

export type Receive = (message: ToTab) => void;

export function openLine(receive: Receive): Line {
  if (typeof SharedWorker === "undefined") return ownLine(receive);
  const worker = new SharedWorker(new URL("./worker.ts", import.meta.url), { type: "module", name: "stream" });
  let line: Line = {
    send: (message) => worker.port.postMessage(message),
  };
  let topics: string[] = [];
  worker.port.onmessage = ({ data }: MessageEvent<ToTab>) => {
    receive(data);
  };
  worker.onerror = () => {
    line = ownLine(receive);
    line.send({ kind: "topics", topics });
  };
  const send = (message: ToKeeper) => {
    if (message.kind === "topics") topics = message.topics;
    line.send(message);
  };
  addEventListener("pagehide", () => line.send({ kind: "bye" }));
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) send({ kind: "topics", topics });
  });
  return { send };
}

/** One stream per *visible* tab: a browser allows six connections to a host, and hidden tabs must not use them up. */
function ownLine(receive: Receive): Line {
  const keeper = new Keeper(connect);
  let topics: string[] = [];
  const tell = () => keeper.handle(receive, document.hidden ? { kind: "bye" } : { kind: "topics", topics });
  document.addEventListener("visibilitychange", tell);
  return {
    send: (message) => {
      if (message.kind === "topics") topics = message.topics;
      if (message.kind === "retry") keeper.handle(receive, message);
      else tell();
    },
  };
}
