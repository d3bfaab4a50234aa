import { createHash } from "node:crypto";

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { type Plugin, defineConfig } from "vite";

import { icons } from "./vite.icons";

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Inlines script and style into the report, and allows both in its CSP by their hashes. */
const inOneFile: Plugin = {
  name: "in-one-file",
  enforce: "post",
  generateBundle(_, bundle) {
    const files = Object.values(bundle);
    const page = files.find(({ fileName }) => fileName === "report.html");
    const chunk = files.find((file) => file.type === "chunk");
    const sheet = files.find(({ fileName }) => fileName.endsWith(".css"));
    if (page?.type !== "asset" || chunk?.type !== "chunk" || sheet?.type !== "asset")
      throw new Error(
        `Expected report.html, one script and one stylesheet in the report bundle, found ${files.map(({ fileName }) => fileName).join(", ")}.`,
      );
    const script = `${chunk.code.trim().replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--")}`;
    const style = sheet.source.toString().trim();
    const policy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; img-src data: blob:; base-uri 'none'; form-action 'none'`;
    page.source = page.source
      .toString()
      .replace(/<script type="module"[^>]*src=[^>]*><\/script>\s*/, "")
      .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${style}</style>`)
      .replace("%CSP%", () => policy)
      .replace("</body>", () => `<script type="module">${script}</script>\n  </body>`);
    Reflect.deleteProperty(bundle, chunk.fileName);
    Reflect.deleteProperty(bundle, sheet.fileName);
  },
};

export default defineConfig({
  plugins: [svelte(), icons, inOneFile],
  build: {
    outDir: "../static",
    emptyOutDir: false,
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: false,
    cssCodeSplit: false,
    reportCompressedSize: false,
    rollupOptions: { input: "report.html", output: { codeSplitting: false } },
  },
});
