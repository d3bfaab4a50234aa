/** Imports for tests. */
import type { Candidate, Discovered } from "../api/types";

export const aCandidate = (name: string, changes: Partial<Candidate> = {}): Candidate => ({
  key: `GET /${name}`,
  endpoint: { name, group: "shop", type: "rest", method: "GET", path: `/${name}`, weight: 10 },
  is_selected: true,
  is_deprecated: false,
  tags: [],
  remarks: [],
  ...changes,
});

export const aDiscovered = (changes: Partial<Discovered> = {}): Discovered => ({
  format: "openapi",
  title: "Shop",
  base_urls: ["http://127.0.0.1:8000"],
  auth: null,
  candidates: [],
  setup: [],
  teardown: [],
  scenarios: [],
  requested_values: [],
  hosts: [],
  load: null,
  left_out: [],
  remarks: [],
  ...changes,
});
