import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { type Plugin, build } from "vite";
import { defineConfig } from "vitest/config";

const server = process.env["DASHBOARD_URL"] ?? "http://127.0.0.1:5656";
const api = [
  "/run",
  "/runs",
  "/config",
  "/data",
  "/k6",
  "/demo",
  "/stream",
  "/session",
  "/settings",
  "/tokens",
  "/audit",
  "/login",
  "/health",
  "/openapi.json",
  "/docs",
];

import { icons } from "./vite.icons";

/** Builds the report after the page. It is a separate build because the report is a single file. */
const report: Plugin = {
  name: "report",
  apply: "build",
  async closeBundle() {
    const { outDir } = this.environment.config.build;
    await build({ configFile: "vite.report.config.ts", build: { outDir, emptyOutDir: false }, logLevel: "warn" });
  },
};

interface Modules {
  getModuleInfo(id: string): { importers: readonly string[]; isEntry: boolean } | null;
}

/**
 * Puts all modules that the first paint needs into one file, because each further file delays it by a request.
 * Without this rule, a module that a lazy page also imports becomes a file of its own.
 */
function firstChunk(id: string, modules: Modules): string | null {
  const seen = new Set<string>();
  const isNeededAtStart = (module: string): boolean => {
    if (seen.has(module)) return false;
    seen.add(module);
    const info = modules.getModuleInfo(module);
    return info !== null && (info.isEntry || info.importers.some(isNeededAtStart));
  };
  return isNeededAtStart(id) ? "index" : null;
}

export default defineConfig({
  plugins: [svelte(), icons, report],
  // Relative, so that the page also works below a base path.
  base: "./",
  build: {
    outDir: "../static",
    emptyOutDir: true,
    target: "es2023",
    // The CSP of the page allows neither data: URLs nor inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: firstChunk, test: /\.(ts|svelte|js)$/ }] } } },
  },
  worker: { format: "es" },
  server: {
    port: 5657,
    // Matches a path and everything below it, so that /run does not match /runs.
    proxy: Object.fromEntries(
      api.map((path) => [`^${path.replace(".", "\\.")}(/|\\?|$)`, { target: server, changeOrigin: true }]),
    ),
  },
  test: {
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: "modules",
          include: ["src/**/*.test.ts"],
          exclude: ["src/**/*.svelte.test.ts"],
          environment: "node",
        },
      },
      {
        extends: true,
        plugins: [svelteTesting()],
        test: { name: "components", include: ["src/**/*.svelte.test.ts"], environment: "happy-dom", pool: "vmThreads" },
      },
    ],
  },
});
