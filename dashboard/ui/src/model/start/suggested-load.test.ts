import { expect, it } from "vitest";

import { DEFAULT_CUSTOM_LOAD } from "./custom-load";
import { suggestedLoad } from "./suggested-load";

const values = { loads: {}, custom: DEFAULT_CUSTOM_LOAD };

it("fills the fields of a profile", () => {
  expect(suggestedLoad(values, { profile: "ramp", vus: 5, duration: "1m" })).toMatchObject({
    profile: "ramp",
    loads: { ramp: { vus: "5", duration: "1m", rate: null } },
  });
});

it("fills stages of a custom load", () => {
  const { profile, custom } = suggestedLoad(values, { unit: "rate", stages: [{ duration: "1m", target: 10 }] });
  expect(profile).toBe("custom");
  expect(custom).toMatchObject({ kind: "rate", stages: [{ duration: "1m", target: "10" }] });
});
