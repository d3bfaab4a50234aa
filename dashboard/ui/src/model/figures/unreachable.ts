/** Names a target that does not answer: the most frequent error of requests without a response. */
import type { RunRecord } from "../../api/types";
import { percent, text } from "../display/format";

/** Below this share of all requests, the failing operations say enough. */
const MIN_SHARE = 0.5;
const PHRASES: [pattern: RegExp, phrase: (host: string) => string][] = [
  [/connection refused/, (host) => `Connection refused by ${host}`],
  [/lookup|no such host/i, (host) => `The name of ${host} was not found`],
  [/timeout/i, (host) => `No response from ${host} in time`],
  [/reset/, (host) => `Connection reset by ${host}`],
];

/** "Connection refused by 127.0.0.1:9000, 100% of requests"; empty if most requests got a response. */
export function unreachableText({ account, base_url }: Pick<RunRecord, "account" | "base_url">): string {
  if (!account?.requests.sent) return "";
  const [error, count] = Object.entries(account.requests.errors).sort(([, a], [, b]) => b - a)[0] ?? ["", 0];
  const share = count / account.requests.sent;
  if (share < MIN_SHARE) return "";
  const host = URL.canParse(base_url) ? new URL(base_url).host : base_url;
  const phrase = PHRASES.find(([pattern]) => pattern.test(error))?.[1](host) ?? `No response from ${host}: ${error}`;
  return `${phrase}, ${text(percent(share))} of requests`;
}
