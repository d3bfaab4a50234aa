/** The SharedWorker: one stream for all tabs of the browser. */
import { connect } from "./connect";
import { Keeper, type Tab } from "./keeper";
import type { ToKeeper } from "./messages";

interface SharedScope {
  onconnect: ((event: MessageEvent) => void) | null;
}

const keeper = new Keeper(connect);

(self as unknown as SharedScope).onconnect = ({ ports: [port] }) => {
  if (!port) return;
  const tab: Tab = (message) => port.postMessage(message);
  port.onmessage = ({ data }: MessageEvent<ToKeeper>) => {
    keeper.handle(tab, data);
  };
};
