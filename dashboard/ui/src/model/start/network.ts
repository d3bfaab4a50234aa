/** Network settings of the start form. An empty field keeps the value of the endpoints file. */
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

export const NETWORK_LABELS = {
  timeout: "Response timeout",
  redirects: "Maximum redirects",
  proxy: "Proxy",
  proxy_user: "Proxy user",
  proxy_password: "Proxy password",
  hosts: "Host overrides, one per line",
  ca_certificate: "Extra CA certificate (PEM)",
  client_certificate: "Client certificate (PEM)",
  client_key: "Client key (PEM), kept in memory only",
} as const;

export const EMPTY_NETWORK: Network = {
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

/** Kept in memory only; the API never returns them. */
export interface NetworkSecrets {
  client_key: string;
  proxy_password: string;
}

export const NO_NETWORK_SECRETS: NetworkSecrets = { client_key: "", proxy_password: "" };

const TEXT_FIELDS = ["timeout", "redirects", "proxy", "proxy_user", "ca_certificate", "client_certificate"] as const;

/** Parses one host name and its address per line. */
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

/** Returns the request fields that were filled in; an empty object if every field is empty. */
export function networkBody(
  values: Network,
  secrets: NetworkSecrets,
): Pick<StartBody, "network"> | Record<string, never> {
  const body: Record<string, unknown> = {};
  for (const name of TEXT_FIELDS) if (values[name].trim()) body[name] = values[name].trim();
  if (values.hosts.trim()) body["hosts"] = hostsOf(values.hosts);
  if (values.skipTlsVerification) body["verify_tls"] = false;
  if (values.newConnections) body["reuse_connections"] = false;
  if (secrets.client_key.trim()) body["client_key"] = secrets.client_key.trim();
  if (secrets.proxy_password) body["proxy_password"] = secrets.proxy_password;
  return Object.keys(body).length > 0 ? { network: body as StartBody["network"] } : {};
}

/** Returns the form values for the network settings of an earlier run, without its secrets. */
export function networkOf(stored: Readonly<Record<string, unknown>>): Network {
  const text = (name: string) => (stored[name] === undefined ? "" : String(stored[name] as string | number));
  const hosts = Object.entries((stored["hosts"] ?? {}) as Record<string, string>);
  return {
    timeout: text("timeout"),
    redirects: text("redirects"),
    proxy: text("proxy"),
    proxy_user: text("proxy_user"),
    hosts: hosts.map((pair) => pair.join(" ")).join("\n"),
    skipTlsVerification: stored["verify_tls"] === false,
    newConnections: stored["reuse_connections"] === false,
    ca_certificate: text("ca_certificate"),
    client_certificate: text("client_certificate"),
  };
}
