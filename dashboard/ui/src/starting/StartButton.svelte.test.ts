import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { beforeEach, expect, it, vi } from "vitest";

import { ApiError } from "../api/client";
import { startRun } from "../api/run";
import { form } from "../state/form.svelte";
import { runs } from "../state/runs.svelte";
import { session } from "../state/session.svelte";
import { aSession } from "../test/access-factories";
import { aConfig, aPlan, aRun } from "../test/run-factories";
import StartButton from "./StartButton.svelte";

vi.mock("../api/run", () => ({ startRun: vi.fn() }));

const PROPS = { config: aConfig(), plan: null, problem: null };
const start = async () => {
  await fireEvent.click(document.querySelector("[data-start]") as HTMLElement);
};
const lastBody = () => vi.mocked(startRun).mock.lastCall?.[0];
const started = { run_id: "r", status: "starting" } as Awaited<ReturnType<typeof startRun>>;

beforeEach(() => {
  location.hash = "";
  form.errors = new Map();
  session.value = null;
  runs.list = [];
  runs.ready = false;
  vi.mocked(startRun).mockReset();
});

it("starts the run and opens its overview", async () => {
  vi.mocked(startRun).mockResolvedValue(started);
  render(StartButton, PROPS);
  await start();
  await vi.waitFor(() => expect(location.hash).toBe("#/overview?run=r"));
  expect(lastBody()).toMatchObject({ profile: "ramp", auth_mode: "none" });
});

it("makes a run steerable if its plan allows it", async () => {
  vi.mocked(startRun).mockResolvedValue(started);
  render(StartButton, { ...PROPS, plan: aPlan() });
  await start();
  expect(lastBody()).toMatchObject({ steerable: true });
});

it("keeps the form and shows the errors of its fields", async () => {
  const errors = [{ field: "vus", message: "exceeds MAX_VUS (200)" }];
  vi.mocked(startRun).mockRejectedValue(new ApiError(422, { detail: "vus: exceeds MAX_VUS (200)", errors }));
  render(StartButton, PROPS);
  await start();
  expect((await screen.findByRole("alert")).textContent).toContain("exceeds MAX_VUS");
  expect(form.errors.get("vus")).toBe("exceeds MAX_VUS (200)");
  expect(location.hash).toBe("");
});

it.each([
  ["on a public target", { confirm: true }, { confirm: true }],
  ["while no slot is free", { run_id: "other" }, { queue: true }],
])("asks before it starts a run %s", async (_, extra, sent) => {
  vi.mocked(startRun)
    .mockRejectedValueOnce(new ApiError(409, { detail: "conflict", ...extra }))
    .mockResolvedValue(started);
  render(StartButton, PROPS);
  await start();
  const dialog = await vi.waitFor(() => document.querySelector("dialog") as HTMLElement);
  expect(lastBody()).not.toMatchObject(sent);
  await fireEvent.click(within(dialog).getAllByRole("button", { hidden: true }).at(-1) as HTMLElement);
  await vi.waitFor(() => expect(lastBody()).toMatchObject(sent));
});

it("names the live run, and offers to start without queueing after that run has ended", async () => {
  runs.ready = true;
  runs.list = [aRun({ run_id: "other", status: "running", profile: "soak", label: "night", load_started_at: null })];
  vi.mocked(startRun)
    .mockRejectedValueOnce(new ApiError(409, { detail: "conflict", run_id: "other" }))
    .mockResolvedValue(started);
  render(StartButton, PROPS);
  await start();
  const dialog = await vi.waitFor(() => document.querySelector("dialog") as HTMLElement);
  expect(dialog.textContent).toContain("soak night");
  within(dialog).getByRole("button", { name: "Queue ramp", hidden: true });
  runs.list = [aRun({ run_id: "other" })];
  await fireEvent.click(await within(dialog).findByRole("button", { name: "Start ramp", hidden: true }));
  await vi.waitFor(() => expect(location.hash).toBe("#/overview?run=r"));
  expect(lastBody()).not.toHaveProperty("queue");
});

it("is disabled for a role that may not start runs, and shows the reason", async () => {
  session.value = aSession({ who: "ann", role: "viewer" });
  render(StartButton, PROPS);
  await start();
  expect(screen.getByRole("status").textContent).toContain("This requires the role runner");
  expect(screen.getByRole<HTMLButtonElement>("button").disabled).toBe(true);
  expect(startRun).not.toHaveBeenCalled();
});
