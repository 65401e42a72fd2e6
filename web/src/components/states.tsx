/** What a screen shows when there is nothing to show: loading, empty, failed. */
import { Alert, Button, Skeleton, theme } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Problem, Unreachable } from "@/api/client";

export function PageLoading() {
  return (
    <div style={{ padding: 24 }} aria-busy="true">
      <Skeleton active title paragraph={{ rows: 8 }} />
    </div>
  );
}

/** Says what will appear here and how to get there. */
export function EmptyState({ title, hint, children }: { title: string; hint?: ReactNode; children?: ReactNode }) {
  const { token } = theme.useToken();
  return (
    <div style={{ padding: "48px 24px", textAlign: "center", maxWidth: 520, margin: "0 auto" }}>
      <svg width="72" height="48" viewBox="0 0 72 48" fill="none" stroke={token.colorBorder} strokeWidth="2" aria-hidden="true">
        <rect x="6" y="8" width="60" height="34" rx="6" />
        <path d="M6 26h16l4 6h20l4-6h16" />
      </svg>
      <div style={{ fontSize: 16, fontWeight: 600, marginTop: 12, color: token.colorText }}>{title}</div>
      {hint !== undefined && <div style={{ color: token.colorTextSecondary, margin: "6px 0 16px" }}>{hint}</div>}
      {children}
    </div>
  );
}

/** What a status means where the answer has no code of ours: a proxy's, for one. */
const BY_STATUS: Readonly<Record<number, string>> = {
  401: "not_authenticated",
  403: "forbidden",
  404: "not_found",
  409: "conflict",
  412: "precondition_failed",
  413: "content_too_large",
  422: "invalid_input",
  428: "precondition_required",
  429: "too_many_requests",
  500: "internal_error",
  502: "unavailable",
  503: "unavailable",
  504: "unavailable",
};
/** These sentences of ours add nothing to what the server says in English. */
const SAID_IN_ENGLISH = new Set(["invalid_input", "unavailable", "too_many_requests", "precondition_required", "method_not_allowed", "configuration", "lease_lost", "error", "unclosed_quote"]);

/** One sentence for people, from what the server or the network said. */
export function useErrorText(): (error: unknown) => string {
  const { t, i18n } = useTranslation();
  return (error) => {
    if (error instanceof Unreachable) return t("errors.unreachable");
    if (!(error instanceof Problem)) return t("errors.unexpected");
    const english = i18n.language === "en";
    const { roles, retry_after: seconds } = error.body;
    if (Array.isArray(roles)) {
      return t("errors.needsRole", { roles: roles.map((role) => t(`role.${String(role)}` as "role.admin")).join(english ? ", " : "、") });
    }
    if (typeof seconds === "number") return t("errors.wait", { time: duration(seconds, i18n.language) });
    const named = i18n.exists(`errors.codes.${error.code}`);
    const code = named ? error.code : BY_STATUS[error.status];
    if (code === undefined || (english && error.detail !== "" && (!named || SAID_IN_ENGLISH.has(code)))) return error.detail || error.title;
    const names = [error.body["names"] ?? []].flat().join(" ");
    const sentence = t(`errors.codes.${code}` as "errors.unexpected", { ...error.body, names, known: String(error.body["known"]) });
    if (english && names === "") return `${sentence} ${error.detail}`.trim();
    return code === "invalid_input" && error.detail !== "" ? `${sentence}${t("errors.server", { detail: error.detail })}` : sentence;
  };
}

function duration(seconds: number, language: string): string {
  const [value, unit] = seconds < 100 ? [seconds, "second"] : [Math.ceil(seconds / 60), "minute"];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(value);
}

/** Of these our sentence says all there is to know. */
const TOLD = new Set([401, 403, 404, 412, 428, 429, 502, 503, 504]);

/** The server's own words, where they add to the sentence of `useErrorText`; null where they do not. */
export function useErrorDetail(): (error: unknown) => string | null {
  const { t, i18n } = useTranslation();
  const text = useErrorText();
  return (error) => {
    if (!(error instanceof Problem) || error.detail === "" || Array.isArray(error.body["roles"]) || text(error).includes(error.detail)) return null;
    if (i18n.language === "en") return error.detail;
    return TOLD.has(error.status) ? null : t("errors.server", { detail: error.detail });
  };
}

/** What happened, what is safe, what to do. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const text = useErrorText();
  const detail = useErrorDetail()(error);
  return (
    <div style={{ padding: 24 }}>
      <Alert
        type="error"
        showIcon
        title={text(error)}
        description={
          <>
            <div>{t("errors.safe")}</div>
            {detail !== null && <div style={{ marginTop: 4, opacity: 0.8 }}>{detail}</div>}
          </>
        }
        action={onRetry && <Button onClick={onRetry}>{t("actions.retry")}</Button>}
      />
    </div>
  );
}
