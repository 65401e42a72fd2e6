import { theme } from "antd";
import { Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, Outlet } from "react-router";
import { PageLoading } from "./states";
import "./tabbed-page.css";

export interface TabPlace {
  to: string;
  label: string;
  /** what waits for somebody */
  count?: number;
}

/** A room of several screens under one head; each tab is an address. */
export function TabbedPage({ title, places }: { title: string; places: readonly TabPlace[] }) {
  const { i18n } = useTranslation();
  const { token } = theme.useToken();
  useEffect(() => {
    document.title = `${title} · Support Copilot`;
  }, [title]);
  return (
    <div className="tp">
      <header className="tp-head" style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer }}>
        <h1>{title}</h1>
        <nav aria-label={title}>
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
                <span className="tp-count tabular" style={{ background: token.colorPrimaryBg, color: token.colorText }}>
                  {new Intl.NumberFormat(i18n.language).format(place.count)}
                </span>
              )}
            </NavLink>
          ))}
        </nav>
      </header>
      <div className="tp-body">
        <Suspense fallback={<PageLoading />}>
          <Outlet />
        </Suspense>
      </div>
    </div>
  );
}
