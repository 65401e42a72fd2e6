import { MoonOutlined, QuestionCircleOutlined, SearchOutlined, SunOutlined, TranslationOutlined, UserOutlined } from "@ant-design/icons";
import { Dropdown, theme } from "antd";
import { Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, NavLink, Outlet, useLocation, useNavigate, useNavigation } from "react-router";
import { client, onSignedOut, Problem } from "@/api/client";
import { invalidate, queryClient } from "@/api/queries";
import { useMe } from "@/api/session";
import { ErrorState, PageLoading } from "@/components/states";
import { changeLanguage, currentLanguage } from "@/i18n";
import { KeyboardOverlays } from "@/keyboard/Overlays";
import { useShortcuts } from "@/keyboard/registry";
import { openHelp, openPalette } from "@/keyboard/store";
import { useLive } from "@/live/hints";
import { Banners } from "./Banners";
import { PLACES } from "./navigation";
import { chooseTheme, useScheme } from "./theme";

export function Shell() {
  const me = useMe();
  const location = useLocation();
  useLive(me.data !== undefined);
  useEffect(() => onSignedOut(() => void invalidate("/api/v1/auth/me")), []);
  if (me.isPending) return <PageLoading />;
  if (me.error) {
    if ((me.error as unknown) instanceof Problem) {
      return <Navigate to="/sign-in" replace state={{ from: location.pathname + location.search }} />;
    }
    return <ErrorState error={me.error} onRetry={() => void me.refetch()} />;
  }
  return <SignedInShell name={me.data.name} />;
}

function SignedInShell({ name }: { name: string }) {
  const { t } = useTranslation();
  const { token } = theme.useToken();
  const navigate = useNavigate();
  const scheme = useScheme();
  const arriving = useNavigation().state === "loading";
  const me = useMe().data;
  const places = PLACES.filter((place) => me?.permissions.includes(place.needs));
  const toggleTheme = () => chooseTheme(scheme === "dark" ? "light" : "dark");
  const toggleLanguage = () => void changeLanguage(currentLanguage() === "en" ? "zh-CN" : "en");
  const signOut = async () => {
    await client.POST("/api/v1/auth/sign-out").catch(() => undefined);
    queryClient.clear();
    void navigate("/sign-in");
  };
  useShortcuts(t("keyboard.everywhere"), [
    { keys: "mod+k", label: t("keyboard.palette"), run: openPalette, whileTyping: true },
    { keys: "?", label: t("keyboard.help"), run: openHelp },
    ...places.map((place) => ({
      keys: `g ${place.letter}`,
      label: t("keyboard.goTo", { place: t(`nav.${place.name}`) }),
      run: () => void navigate(place.path),
    })),
    { keys: "", label: t("theme.toggle"), run: toggleTheme },
    { keys: "", label: t("language.toggle"), run: toggleLanguage },
    { keys: "", label: t("actions.signOut"), run: () => void signOut() },
  ]);
  return (
    <div className="shell" style={{ color: token.colorText, background: token.colorBgLayout }}>
      <a className="skip-link" href="#main" style={{ background: token.colorPrimary, color: token.colorTextLightSolid }}>
        {t("nav.skip")}
      </a>
      <div className="shell-banners">
        <Banners />
      </div>
      <nav
        className="shell-rail"
        aria-label={t("nav.label")}
        style={{ background: token.colorBgContainer, borderRight: `1px solid ${token.colorBorderSecondary}` }}
      >
        <img className="brand" src="/console/icon.svg" alt="" width={32} height={32} style={{ margin: "2px auto 10px" }} />
        {places.map((place) => (
          <NavLink
            key={place.path}
            to={place.path}
            style={({ isActive }) => (isActive ? { background: token.colorPrimaryBg, color: token.colorText, fontWeight: 600 } : {})}
          >
            <span aria-hidden>{place.icon}</span>
            {t(`nav.${place.name}`)}
          </NavLink>
        ))}
        <span className="spacer" />
        <button type="button" onClick={openPalette} aria-label={t("keyboard.palette")} title={`${t("keyboard.palette")} (Ctrl K)`}>
          <SearchOutlined />
        </button>
        <button type="button" onClick={openHelp} aria-label={t("keyboard.help")} title={`${t("keyboard.help")} (?)`}>
          <QuestionCircleOutlined />
        </button>
        <Dropdown
          trigger={["click"]}
          placement="topRight"
          menu={{
            items: [
              { key: "who", label: name, disabled: true },
              { key: "profile", icon: <UserOutlined />, label: t("nav.profile"), onClick: () => void navigate("/settings/profile") },
              { key: "theme", icon: scheme === "dark" ? <SunOutlined /> : <MoonOutlined />, label: t("theme.toggle"), onClick: toggleTheme },
              { key: "language", icon: <TranslationOutlined />, label: t("language.toggle"), onClick: toggleLanguage },
              { type: "divider" },
              { key: "out", label: t("actions.signOut"), onClick: () => void signOut() },
            ],
          }}
        >
          <button type="button" aria-label={t("nav.account", { name })}>
            <UserOutlined />
            {t("nav.me")}
          </button>
        </Dropdown>
      </nav>
      <main id="main" className="shell-main" tabIndex={-1} aria-busy={arriving || undefined}>
        <Suspense fallback={<PageLoading />}>
          <Outlet />
        </Suspense>
      </main>
      <KeyboardOverlays />
    </div>
  );
}
