import { QueryClientProvider } from "@tanstack/react-query";
import { App as AntApp, ConfigProvider } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { RouterProvider } from "react-router";
import { queryClient } from "@/api/queries";
import { PageLoading } from "@/components/states";
import { router } from "./router";
import { themes, useScheme } from "./theme";

/** The server gives each page a nonce; Ant Design's style elements carry it (Content-Security-Policy). */
const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? undefined;

export function App() {
  const scheme = useScheme();
  const { i18n } = useTranslation();
  useEffect(() => {
    document.documentElement.dataset.theme = scheme;
    document.documentElement.style.colorScheme = scheme;
  }, [scheme]);
  return (
    <ConfigProvider theme={themes[scheme]} locale={i18n.language === "en" ? enUS : zhCN} csp={nonce ? { nonce } : {}}>
      <AntApp className="app-root">
        <QueryClientProvider client={queryClient}>
          <Suspense fallback={<PageLoading />}>
            <RouterProvider router={router} />
          </Suspense>
        </QueryClientProvider>
      </AntApp>
    </ConfigProvider>
  );
}
