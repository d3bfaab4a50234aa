/** A request as a curl command for a shell. What was masked stays masked: the reader puts the secret in. */
import type { Exchange } from "../api/types";

const OWN = new Set(["content-length", "user-agent", "host"]);

export function curlOf({ request }: Exchange): string {
  const { method, url, headers, body } = request;
  const parts = [`curl ${quoted(url)}`];
  if (method !== "GET") parts.push(`-X ${method}`);
  for (const [name, value] of Object.entries(headers))
    if (!OWN.has(name.toLowerCase())) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body) parts.push(`--data-raw ${quoted(body)}`);
  return parts.join(" \\\n  ");
}

/** One word of a POSIX shell, whatever it holds. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
