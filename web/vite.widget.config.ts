import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

// One file for other people's pages: no imports, nothing global but `CopilotChat` and the element.
export default defineConfig({
  publicDir: false,
  build: {
    outDir: "dist/widget",
    emptyOutDir: true,
    target: "es2022",
    lib: {
      entry: fileURLToPath(new URL("./widget/src/main.ts", import.meta.url)),
      formats: ["iife"],
      name: "CopilotChatWidget",
      fileName: () => "widget.js",
    },
  },
});
