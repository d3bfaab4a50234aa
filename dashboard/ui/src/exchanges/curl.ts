/** A request as a curl command. Masked secrets remain masked. */
import type { Exchange } from "../api/types";

const GENERATED_BY_CURL = new Set(["content-length", "user-agent", "host"]);

export function curlOf({ request }: Exchange): string {
  const { method, url, headers, body } = request;
  const parts = [`curl ${quote(url)}`];
  if (method !== "GET") parts.push(`-X ${method}`);
  for (const [name, value] of Object.entries(headers))
    if (!GENERATED_BY_CURL.has(name.toLowerCase())) parts.push(`-H ${quote(`${name}: ${value}`)}`);
  if (body) parts.push(`--data-raw ${quote(body)}`);
  return parts.join(" \\\n  ");
}

/** Quotes a text as one word of a POSIX shell. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
