import { expect, it } from "vitest";

import { aSession } from "../../test/access-factories";
import { ROLES, denialOf } from "./roles";

it.each(ROLES)("the role %s includes the ones before it and denies the rest with a reason", (role) => {
  const at = ROLES.indexOf(role);
  for (const needed of ROLES) {
    const denial = denialOf(aSession({ who: "ann", role }), needed);
    if (ROLES.indexOf(needed) <= at) expect(denial).toBe("");
    else expect(denial).toBe(`This requires the role ${needed}. You are signed in as ann with the role ${role}.`);
  }
});

it("denies nothing while the session is unknown, because the server decides", () => {
  expect(denialOf(null, "admin")).toBe("");
});
