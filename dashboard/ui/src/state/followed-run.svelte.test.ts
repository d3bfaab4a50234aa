import { flushSync } from "svelte";
import { beforeEach, expect, it, vi } from "vitest";

import { FollowedRun } from "./followed-run.svelte";
import { type RunView, openRunView, releaseRunView } from "./run-view.svelte";

vi.mock("./run-view.svelte", () => ({ openRunView: vi.fn(), releaseRunView: vi.fn() }));

class FakeView {
  state = $state("loading");
  constructor(readonly id: string) {}
}

const views = { a: new FakeView("a"), b: new FakeView("b") };

beforeEach(() => {
  vi.mocked(openRunView).mockImplementation((id) => views[id as "a" | "b"] as unknown as RunView);
  vi.mocked(releaseRunView).mockReset();
});

it("keeps showing the previous run until the next one has loaded", () => {
  let id = $state("a");
  let followed: FollowedRun | undefined;
  const close = $effect.root(() => {
    followed = new FollowedRun(() => id);
  });
  flushSync();
  expect(followed?.shown?.id).toBe("a");
  id = "b";
  flushSync();
  expect([followed?.opened?.id, followed?.shown?.id]).toEqual(["b", "a"]);
  views.b.state = "ready";
  flushSync();
  expect(followed?.shown?.id).toBe("b");
  close();
  expect(vi.mocked(releaseRunView).mock.calls).toHaveLength(vi.mocked(openRunView).mock.calls.length);
});
