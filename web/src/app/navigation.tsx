/** The rooms of the console, in the order of the rail; who may not enter one does not see it. */
import {
  BarChartOutlined,
  BookOutlined,
  ExperimentOutlined,
  InboxOutlined,
  SafetyCertificateOutlined,
  SettingOutlined,
  ShoppingOutlined,
  TeamOutlined,
} from "@ant-design/icons";
import type { ReactNode } from "react";
import type { PermissionName } from "@/api/session";

export interface Place {
  path: string;
  /** key of common.nav */
  name: "inbox" | "customers" | "orders" | "knowledge" | "playground" | "quality" | "dashboard" | "settings";
  icon: ReactNode;
  needs: PermissionName;
  /** the sequence "g" and this letter */
  letter: string;
}

export const PLACES: readonly Place[] = [
  { path: "/inbox", name: "inbox", icon: <InboxOutlined />, needs: "tickets:read", letter: "i" },
  { path: "/customers", name: "customers", icon: <TeamOutlined />, needs: "customers:read", letter: "c" },
  { path: "/orders", name: "orders", icon: <ShoppingOutlined />, needs: "customers:read", letter: "o" },
  { path: "/knowledge", name: "knowledge", icon: <BookOutlined />, needs: "knowledge:read", letter: "k" },
  { path: "/playground", name: "playground", icon: <ExperimentOutlined />, needs: "search", letter: "p" },
  { path: "/quality", name: "quality", icon: <SafetyCertificateOutlined />, needs: "knowledge:publish", letter: "q" },
  { path: "/dashboard", name: "dashboard", icon: <BarChartOutlined />, needs: "tickets:read", letter: "d" },
  { path: "/settings", name: "settings", icon: <SettingOutlined />, needs: "tickets:read", letter: "s" },
];
