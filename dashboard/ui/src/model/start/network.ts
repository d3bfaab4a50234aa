/** How the requests of a run travel, as it is typed. Nothing typed leaves it to the endpoints file. */
import type { StartBody } from "../../api/types";

export interface Network {
  timeout: string;
  redirects: string;
  proxy: string;
  proxy_user: string;
  hosts: string;
  skipTlsVerification: boolean;
  newConnections: boolean;
  ca_certificate: string;
  client_certificate: string;
}

export const NEW_NETWORK: Network = {
  timeout: "",
  redirects: "",
  proxy: "",
  proxy_user: "",
  hosts: "",
  skipTlsVerification: false,
  newConnections: false,
  ca_certificate: "",
  client_certificate: "",
};

/** Kept in memory only, and never answered. */
export interface NetworkSecrets {
  client_key: string;
  proxy_password: string;
}

export const NO_NETWORK_SECRETS: NetworkSecrets = { client_key: "", proxy_password: "" };

const TEXTS = ["timeout", "redirects", "proxy", "proxy_user", "ca_certificate", "client_certificate"] as const;

/** A name and its address in each line. */
export function hostsOf(text: string): Record<string, string> {
  const lines = text.split("\n").map((line) => line.trim());
  return Object.fromEntries(
    lines
      .filter((line) => line !== "")
      .map((line) => {
        const [name = "", ...address] = line.split(/[\s=]+/);
        return [name, address.join(" ")];
      }),
  );
}

/** The fields of a request that were typed; none when nothing was. */
export function networkBody(
  typed: Network,
  secrets: NetworkSecrets,
): Pick<StartBody, "network"> | Record<string, never> {
  const body: Record<string, unknown> = {};
  for (const name of TEXTS) if (typed[name].trim()) body[name] = typed[name].trim();
  if (typed.hosts.trim()) body["hosts"] = hostsOf(typed.hosts);
  if (typed.skipTlsVerification) body["verify_tls"] = false;
  if (typed.newConnections) body["reuse_connections"] = false;
  if (secrets.client_key.trim()) body["client_key"] = secrets.client_key.trim();
  if (secrets.proxy_password) body["proxy_password"] = secrets.proxy_password;
  return Object.keys(body).length > 0 ? { network: body as StartBody["network"] } : {};
}

/** What a run had, to be typed again. Its key is not kept. */
export function networkOf(had: Readonly<Record<string, unknown>>): Network {
  const text = (name: string) => (had[name] === undefined ? "" : String(had[name] as string | number));
  const hosts = Object.entries((had["hosts"] ?? {}) as Record<string, string>);
  return {
    timeout: text("timeout"),
    redirects: text("redirects"),
    proxy: text("proxy"),
    proxy_user: text("proxy_user"),
    hosts: hosts.map((pair) => pair.join(" ")).join("\n"),
    skipTlsVerification: had["verify_tls"] === false,
    newConnections: had["reuse_connections"] === false,
    ca_certificate: text("ca_certificate"),
    client_certificate: text("client_certificate"),
  };
}
