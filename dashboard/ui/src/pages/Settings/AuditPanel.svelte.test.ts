import { fireEvent, render, screen } from "@testing-library/svelte";
import { beforeEach, expect, it, vi } from "vitest";

import { listAudit } from "../../api/access";
import type { Page } from "../../api/client";
import type { AuditEntry } from "../../api/types";
import { anAuditEntry } from "../../test/access-factories";
import AuditPanel from "./AuditPanel.svelte";

vi.mock("../../api/access", () => ({ AUDIT_EXPORT: "/audit/export", listAudit: vi.fn() }));

beforeEach(() => {
  location.hash = "#/settings";
  vi.mocked(listAudit).mockReset();
});

const page = (numbers: number[], more: boolean): Page<AuditEntry> => ({
  items: numbers.map((number) => anAuditEntry({ number })),
  total: null,
  more,
  next: more ? { before: String(numbers.at(-1)) } : {},
});

it("shows who changed what, from where", async () => {
  const change = { before: { label: "a" }, after: { label: "b" } };
  vi.mocked(listAudit).mockResolvedValue({ ...page([], false), items: [anAuditEntry({ who: "ann", ...change })] });
  render(AuditPanel);
  const rows = await screen.findAllByRole("row");
  expect(rows[1]?.textContent).toMatch(/ann.*192\.0\.2\.1.*run\.annotate.*r1.*label: a → b/s);
});

it("loads older entries below the ones that are shown", async () => {
  vi.mocked(listAudit)
    .mockResolvedValueOnce(page([3, 2], true))
    .mockResolvedValueOnce(page([1], false));
  render(AuditPanel);
  await fireEvent.click(await screen.findByRole("button", { name: "Show older entries" }));
  await vi.waitFor(() => expect(screen.getAllByRole("row")).toHaveLength(4));
  expect(vi.mocked(listAudit).mock.lastCall?.[1]).toEqual({ before: "2" });
  expect(screen.queryByRole("button", { name: "Show older entries" })).toBeNull();
});

it("says when there are no entries", async () => {
  vi.mocked(listAudit).mockResolvedValue(page([], false));
  render(AuditPanel);
  await screen.findByText("No entries.");
});
