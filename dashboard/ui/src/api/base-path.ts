/** The path below which the dashboard is published, such as "/perf"; empty without a proxy that adds one. */

/** The URL of the page is directly below the base path, that of a worker below `assets/`. Unit tests have no URL. */
function rootPath(): string {
  if (typeof document !== "undefined") return new URL(".", document.baseURI).pathname;
  return typeof location === "undefined" ? "/" : new URL("..", location.href).pathname;
}

export const BASE_PATH = rootPath().replace(/\/$/, "");

/** Returns the URL of a path of the server. */
export const urlOf = (path: string): string => BASE_PATH + path;
