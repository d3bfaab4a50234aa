import { svelte } from "@sveltejs/vite-plugin-svelte";
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
  "/login",
  "/health",
  "/openapi.json",
  "/docs",
];

/** The report is one file with everything in it: a build of its own, right after that of the page. */
const report: Plugin = {
  name: "report",
  apply: "build",
  async closeBundle() {
    const { outDir } = this.environment.config.build;
    await build({ configFile: "vite.report.config.ts", build: { outDir, emptyOutDir: false }, logLevel: "warn" });
  },
};

export default defineConfig({
  plugins: [svelte(), report],
  build: {
    outDir: "../static",
    emptyOutDir: true,
    target: "es2023",
    // The page's CSP allows files of its own only: no data: URLs, no inline polyfill.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: "es" },
  server: {
    port: 5657,
    // Exact paths and what is below them, so that /runs is not taken for /run.
    proxy: Object.fromEntries(
      api.map((path) => [`^${path.replace(".", "\\.")}(/|\\?|$)`, { target: server, changeOrigin: true }]),
    ),
  },
  test: {
    include: ["src/**/*.test.ts"],
    environment: "node",
    restoreMocks: true,
  },
});
