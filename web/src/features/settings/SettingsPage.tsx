import { theme } from "antd";
import { Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, Outlet, useLocation, useNavigate } from "react-router";
import { useSignedIn } from "@/api/session";
import { EmptyState, PageLoading } from "@/components/states";
import { useShortcuts } from "@/keyboard/registry";
import { SECTIONS } from "./sections";
import "./settings.css";

/** All that is set up once, section by section; each role sees what it may. */
export function SettingsPage() {
  const { t } = useTranslation("settings");
  const { token } = theme.useToken();
  const me = useSignedIn();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const mine = SECTIONS.filter((section) => section.needs === null || me.permissions.includes(section.needs));
  const asked = pathname.split("/")[2];
  const closed = SECTIONS.some((section) => section.name === asked) && !mine.some((section) => section.name === asked);
  useEffect(() => {
    document.title = `${t("title")} · Support Copilot`;
  }, [t]);
  useShortcuts(
    t("title"),
    mine.map((section) => ({
      keys: "",
      label: `${t("title")}${t("colon", { ns: "common" })}${t(`sections.${section.name}`)}`,
      run: () => void navigate(`/settings/${section.name}`),
    })),
  );
  return (
    <div className="st">
      <nav className="st-nav" aria-label={t("title")} style={{ background: token.colorBgContainer, borderColor: token.colorBorderSecondary }}>
        <h1>{t("title")}</h1>
        {mine.map((section) => (
          <NavLink
            key={section.name}
            to={section.name}
            style={({ isActive }) => ({
              color: isActive ? token.colorLink : token.colorText,
              background: isActive ? token.colorPrimaryBg : undefined,
              fontWeight: isActive ? 600 : 400,
            })}
          >
            {t(`sections.${section.name}`)}
          </NavLink>
        ))}
      </nav>
      <div className="st-body">
        <Suspense fallback={<PageLoading />}>{closed ? <EmptyState title={t("notForYou")} hint={t("notForYouHint")} /> : <Outlet />}</Suspense>
      </div>
    </div>
  );
}
