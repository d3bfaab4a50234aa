/** Describes why requests failed. */
import type { FailureGroup } from "../api/types";
import { escapeInvisible } from "./untrusted-text";

const PREFIXES: Record<FailureGroup["kind"], string> = {
  status: "HTTP ",
  error: "",
  check: "Check failed: ",
  thrown: "Exception: ",
  redirect: "Redirect not followed: ",
  extract: "No value to extract: ",
  skipped: "Not sent: ",
  empty: "",
};

export const causeText = ({ kind, name }: Pick<FailureGroup, "kind" | "name">): string =>
  PREFIXES[kind] + escapeInvisible(name);

/** Identifies a group of failures within its run, also in the URL. */
export const failureKey = ({ op, phase, kind, name }: Pick<FailureGroup, "op" | "phase" | "kind" | "name">): string =>
  [op, phase, kind, name].join("\n");
