import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const server = process.env["DASHBOARD_URL"] ?? "http://127.0.0.1:5656";
const api = ["/run", "/runs", "/config", "/k6", "/demo", "/stream", "/login", "/health", "/openapi.json", "/docs"];

export default defineConfig({
  plugins: [svelte()],
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
