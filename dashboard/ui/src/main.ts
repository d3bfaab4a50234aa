/** Mounts the page and opens what it listens to. */
import { mount } from "svelte";

import App from "./App.svelte";
import { preferences } from "./state/preferences.svelte";
import { router } from "./state/router.svelte";
import { runs } from "./state/runs.svelte";
import "./theme/tokens.css";
import "./theme/themes.css";
import "./theme/base.css";
import "./theme/table.css";

preferences.apply();
router.start();
void runs.start();
const target = document.getElementById("app");
if (target) mount(App, { target });
