import { theme } from "antd";
import { Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, Outlet } from "react-router";
import { api } from "@/api/client";
import { useMay } from "@/api/session";
import { PageLoading } from "@/components/states";
import "./knowledge.css";

/** Articles, cases and feedback under one head; the numbers are what waits for an editor. */
export function KnowledgePage() {
  const { t } = useTranslation("knowledge");
  const { token } = theme.useToken();
  const counts = api.useQuery("get", "/api/v1/cases/counts");
  const mayImport = useMay("knowledge:publish");
  useEffect(() => {
    document.title = `${t("title")} · Support Copilot`;
  }, [t]);
  const waiting = counts.data?.proposed ?? 0;
  const places = [
    { to: "articles", label: t("tabs.articles") },
    { to: "cases", label: t("tabs.cases"), count: waiting },
    { to: "feedback", label: t("tabs.feedback") },
    ...(mayImport ? [{ to: "import", label: t("tabs.import") }] : []),
  ];
  return (
    <div className="kn">
      <header className="kn-head" style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer }}>
        <h1>{t("title")}</h1>
        <nav aria-label={t("title")}>
          {places.map((place) => (
            <NavLink
              key={place.to}
              to={place.to}
              style={({ isActive }) => ({
                color: isActive ? token.colorText : token.colorTextSecondary,
                borderColor: isActive ? token.colorPrimary : "transparent",
                fontWeight: isActive ? 600 : 400,
              })}
            >
              {place.label}
              {place.count !== undefined && place.count > 0 && (
                <span className="kn-count tabular" style={{ background: token.colorPrimaryBg, color: token.colorText }}>
                  {place.count}
                </span>
              )}
            </NavLink>
          ))}
        </nav>
      </header>
      <div className="kn-body">
        <Suspense fallback={<PageLoading />}>
          <Outlet />
        </Suspense>
      </div>
    </div>
  );
}
