/** Shared worker: one stream for all tabs of the browser. */
import { connect } from "./connect";
import { StreamConnection, type Tab } from "./connection";
import type { TabMessage } from "./messages";

interface SharedScope {
  onconnect: ((event: MessageEvent) => void) | null;
}

const connection = new StreamConnection(connect);

(self as unknown as SharedScope).onconnect = ({ ports: [port] }) => {
  if (!port) return;
  const tab: Tab = (message) => port.postMessage(message);
  port.onmessage = ({ data }: MessageEvent<TabMessage>) => {
    connection.handle(tab, data);
  };
};
