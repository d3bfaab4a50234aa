/** The session of the page's user, and the access tokens: routes /session and /tokens. */
import { request } from "./client";
import type { CreatedToken, NewToken, Session, Token } from "./types";

export const getSession = () => request<Session>("/session");

export const listTokens = (signal?: AbortSignal) => request<Token[]>("/tokens", { signal });

export const createToken = (body: NewToken) => request<CreatedToken>("/tokens", { method: "POST", body });

export const revokeToken = (name: string) => request<null>(`/tokens/${encodeURIComponent(name)}`, { method: "DELETE" });
