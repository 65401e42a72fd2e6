import "@/app/nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "@/app/App";
import { startI18n } from "@/i18n";
import { listenToKeys } from "@/keyboard/registry";
import "@/app/base.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

listenToKeys();
void startI18n().then(() => {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
});
