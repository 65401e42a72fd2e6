import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const server = process.env.COPILOT_URL ?? "http://127.0.0.1:8000";

// The server replaces the nonce of each page it hands out (api/site); nothing else may be styled or run.
export default defineConfig(({ command }) => ({
  base: "/console/",
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  html: command === "build" ? { cspNonce: "CSP_NONCE" } : {},
  build: { outDir: "dist/console", emptyOutDir: true, manifest: true, target: "es2022", chunkSizeWarningLimit: 1200 },
  server: { proxy: Object.fromEntries(["/api", "/help", "/readyz", "/livez", "/widget.js"].map((path) => [path, { target: server, changeOrigin: false }])) },
}));
