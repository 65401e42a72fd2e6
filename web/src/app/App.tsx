import { QueryClientProvider } from "@tanstack/react-query";
import { App as AntApp, ConfigProvider } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { RouterProvider } from "react-router";
import { queryClient } from "@/api/queries";
import { PageLoading } from "@/components/states";
import { nonce } from "./nonce";
import { router } from "./router";
import { useScheme, useTheme } from "./theme";

export function App() {
  const scheme = useScheme();
  const theme = useTheme(scheme);
  const { i18n } = useTranslation();
  useEffect(() => {
    document.documentElement.dataset.theme = scheme;
    document.documentElement.style.colorScheme = scheme;
  }, [scheme]);
  return (
    <ConfigProvider theme={theme} locale={i18n.language === "en" ? enUS : zhCN} csp={nonce ? { nonce } : {}} button={{ autoInsertSpace: false }}>
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
