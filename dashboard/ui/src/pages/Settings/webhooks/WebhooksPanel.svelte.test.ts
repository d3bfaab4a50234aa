import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { beforeEach, expect, it, vi } from "vitest";

import { ApiError } from "../../../api/client";
import {
  createWebhook,
  deleteWebhook,
  listDeliveries,
  listReceiverKinds,
  listWebhooks,
  replaceWebhook,
  resendDelivery,
  testWebhook,
} from "../../../api/webhooks";
import { aDelivery, aKind, aWebhook } from "../../../test/webhook-factories";
import WebhooksPanel from "./WebhooksPanel.svelte";

vi.mock("../../../api/webhooks", () => ({
  WEBHOOKS_EXPORT: "/webhooks/export",
  createWebhook: vi.fn(),
  deleteWebhook: vi.fn(),
  listDeliveries: vi.fn(),
  listReceiverKinds: vi.fn(),
  listWebhooks: vi.fn(),
  replaceWebhook: vi.fn(),
  resendDelivery: vi.fn(),
  testWebhook: vi.fn(),
}));

const GITHUB = aKind({
  name: "github-status",
  title: "GitHub commit status",
  takes_token: true,
  default_events: ["run.started", "run.finished"],
  options: [{ name: "context", label: "Context", default: "k6", hint: "Name of the status", max_length: 200, rows: 1 }],
});
const click = async (name: string | RegExp) => fireEvent.click(await screen.findByRole("button", { name }));
const type = (label: string, value: string) => fireEvent.input(screen.getByLabelText(label), { target: { value } });

beforeEach(() => {
  vi.resetAllMocks();
  vi.mocked(listWebhooks).mockResolvedValue([]);
  vi.mocked(listReceiverKinds).mockResolvedValue([aKind(), GITHUB]);
});

it("creates a webhook of a chosen kind", async () => {
  vi.mocked(createWebhook).mockResolvedValue(aWebhook());
  render(WebhooksPanel);
  await screen.findByText("No webhooks yet.");
  await click("Create webhook");
  await fireEvent.change(screen.getByLabelText("Receiver"), { target: { value: "github-status" } });
  await type("Name", "ci");
  await type("URL", "https://a.example");
  await type("Context", "perf");
  await type("Access token", "t");
  await fireEvent.submit(screen.getByRole("form", { name: "New webhook" }));
  expect(createWebhook).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({
      name: "ci",
      integration: "github-status",
      events: ["run.started", "run.finished"],
      options: { context: "perf" },
      token: "t",
    }),
  );
});

it("shows the errors at their fields and keeps the form", async () => {
  const errors = [{ field: "url", message: "must be a URL" }];
  vi.mocked(createWebhook).mockRejectedValue(new ApiError(422, { detail: "url", errors }));
  render(WebhooksPanel);
  await click("Create webhook");
  await type("Name", "ci");
  await type("URL", "nowhere");
  await fireEvent.submit(screen.getByRole("form", { name: "New webhook" }));
  await screen.findByText("must be a URL");
  expect(screen.getByLabelText<HTMLInputElement>("URL").value).toBe("nowhere");
});

it("keeps stored secrets unless one is typed or removed", async () => {
  const webhook = aWebhook({ is_signed: true });
  vi.mocked(listWebhooks).mockResolvedValue([webhook]);
  vi.mocked(replaceWebhook).mockResolvedValue(webhook);
  render(WebhooksPanel);
  await click("Edit ci");
  await fireEvent.submit(screen.getByRole("form", { name: "Edit ci" }));
  expect(vi.mocked(replaceWebhook).mock.calls[0]?.[1]).not.toHaveProperty("secret");
  await click("Edit ci");
  await fireEvent.click(screen.getByLabelText("Remove the signing secret"));
  await fireEvent.submit(screen.getByRole("form", { name: "Edit ci" }));
  expect(vi.mocked(replaceWebhook).mock.calls[1]?.[1]).toMatchObject({ secret: null });
});

it("shows the answer of the receiver to a test", async () => {
  vi.mocked(listWebhooks).mockResolvedValue([aWebhook({ enabled: false, disabled_reason: "gone" })]);
  vi.mocked(testWebhook).mockResolvedValue({
    ok: false,
    status: 422,
    answer: "no",
    message: "the receiver answered 422",
  });
  render(WebhooksPanel);
  await screen.findByText("disabled: gone");
  await click("Test ci");
  expect((await screen.findByRole("alert")).textContent).toMatch(/Test of ci:.*answered 422.*no/s);
});

it("lists deliveries and resends one", async () => {
  vi.mocked(listWebhooks).mockResolvedValue([
    aWebhook({ deliveries: { pending: 0, delivered: 2, dead: 1, skipped: 0 } }),
  ]);
  const page = { items: [aDelivery()], total: null, more: false, next: {} };
  vi.mocked(listDeliveries).mockResolvedValue(page);
  vi.mocked(resendDelivery).mockResolvedValue(aDelivery({ state: "pending" }));
  render(WebhooksPanel);
  await click(/deliveries of ci/);
  const dialog = screen.getByRole("dialog", { hidden: true });
  await within(dialog).findByText("given up");
  await fireEvent.click(within(dialog).getByRole("button", { name: "Resend delivery 1", hidden: true }));
  expect(resendDelivery).toHaveBeenCalledExactlyOnceWith("wh_abcdefghijkl", 1);
});

it("deletes a webhook only after a confirmation", async () => {
  vi.mocked(listWebhooks).mockResolvedValueOnce([aWebhook()]);
  render(WebhooksPanel);
  await click("Delete ci");
  expect(deleteWebhook).not.toHaveBeenCalled();
  const dialog = screen.getByRole("dialog", { hidden: true });
  await fireEvent.click(within(dialog).getByRole("button", { name: "Delete", hidden: true }));
  await screen.findByText("No webhooks yet.");
  expect(deleteWebhook).toHaveBeenCalledExactlyOnceWith("wh_abcdefghijkl");
});
