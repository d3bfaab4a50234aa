/** Mounts the page and starts its subscriptions. */
import { flushSync, mount } from "svelte";

import App from "./App.svelte";
import { prefetchRunPages } from "./shell/run-pages";
import { baselines } from "./state/baselines.svelte";
import { preferences } from "./state/preferences.svelte";
import { router } from "./state/router.svelte";
import { replica } from "./state/replica.svelte";
import { runs } from "./state/runs.svelte";
import { session } from "./state/session.svelte";
import "./theme/tokens.css";
import "./theme/themes.css";
import "./theme/base.css";
import "./theme/shell.css";
import "./theme/table.css";
import "./theme/print.css";

preferences.apply();
addEventListener("beforeprint", () => {
  flushSync(() => preferences.print(true));
});
addEventListener("afterprint", () => {
  preferences.print(false);
});

const app = document.getElementById("app");
if (app) void mountPage(app);

/** The component gallery exists only in development builds. */
async function mountPage(target: HTMLElement): Promise<void> {
  if (import.meta.env.DEV && location.hash === "#/gallery") {
    mount((await import("./gallery/Gallery.svelte")).default, { target });
    return;
  }
  router.start();
  prefetchRunPages(router.route.view);
  void runs.start().then(() => replica.start());
  void session.load();
  void baselines.start();
  target.replaceChildren();
  mount(App, { target });
}
