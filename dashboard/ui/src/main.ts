/** Mounts the page and opens what it listens to. */
import { flushSync, mount } from "svelte";

import App from "./App.svelte";
import { baselines } from "./state/baselines.svelte";
import { preferences } from "./state/preferences.svelte";
import { router } from "./state/router.svelte";
import { replica } from "./state/replica.svelte";
import { runs } from "./state/runs.svelte";
import "./theme/tokens.css";
import "./theme/themes.css";
import "./theme/base.css";
import "./theme/table.css";
import "./theme/print.css";

preferences.apply();
addEventListener("beforeprint", () => {
  flushSync(() => preferences.print(true));
});
addEventListener("afterprint", () => {
  preferences.print(false);
});

const target = document.getElementById("app");
if (target) void show(target);

/** The parts of the page in all their states are for those who build it: a built page does not have them. */
async function show(place: HTMLElement): Promise<void> {
  if (import.meta.env.DEV && location.hash === "#/gallery") {
    mount((await import("./gallery/Gallery.svelte")).default, { target: place });
    return;
  }
  router.start();
  void runs.start().then(() => replica.start());
  void baselines.start();
  mount(App, { target: place });
}
