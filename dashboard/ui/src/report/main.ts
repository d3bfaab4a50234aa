/** The report: one file that needs no server. Its data is in the page as JSON, which is never executed. */
import { flushSync, mount } from "svelte";

import { hrefOf } from "../model/navigation/routes";
import { preferences } from "../state/preferences.svelte";
import { router } from "../state/router.svelte";
import "../theme/tokens.css";
import "../theme/themes.css";
import "../theme/base.css";
import "../theme/table.css";
import "../theme/print.css";
import "./static.css";
import ReportPage from "./ReportPage.svelte";
import { Report, type ReportData } from "./report.svelte";

const data = JSON.parse(document.getElementById("report-data")?.textContent ?? "null") as ReportData;
const report = new Report(data);
document.title = `${report.detail.run.profile} ${report.id}`;
preferences.apply();
addEventListener("beforeprint", () => {
  flushSync(() => preferences.print(true));
});
addEventListener("afterprint", () => {
  preferences.print(false);
});
// The URL holds range, zoom and sort order, as on the page of a run.
if (!location.hash.startsWith("#/history/")) history.replaceState(null, "", hrefOf("history", {}, report.id));
router.start();
const target = document.getElementById("app");
// Up to this point, the page shows its static version, for readers without scripts.
target?.replaceChildren();
if (target) mount(ReportPage, { target, props: { report } });
