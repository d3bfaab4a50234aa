import { describe, expect, it } from "vitest";

import { nameFor, snippetFor } from "./data-files";

describe("the name of an upload", () => {
  it.each([
    ["users.csv", "users"],
    ["My users (2).csv", "My_users_2"],
    ["2026-users.csv", "users"],
    ["Käufer.csv", "Kaufer"],
    ["用户.csv", "data"],
    ["upload.csv", "data"],
    [".csv", "data"],
    [`${"x".repeat(80)}.csv`, "x".repeat(64)],
  ])("of %s is %s", (file, name) => {
    expect(nameFor(file)).toBe(name);
  });
});

describe("the snippet for endpoints.json", () => {
  it("maps each column to a variable", () => {
    const columns = ["userId", 'a "b"'];
    expect(JSON.parse(`{${snippetFor("users", columns)}}`)).toEqual({
      data_file: "users",
      data_rows: "vu",
      variables_from_data_file: { userId: "userId", 'a "b"': 'a "b"' },
    });
  });

  it("is limited for files with many columns", () => {
    const columns = Array.from({ length: 900 }, (_, n) => `c${String(n)}`);
    expect(snippetFor("wide", columns).split("\n").length).toBeLessThan(20);
  });
});
