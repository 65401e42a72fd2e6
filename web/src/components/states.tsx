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

/** One sentence for people, from what the server or the network said. */
export function useErrorText(): (error: unknown) => string {
  const { t, i18n } = useTranslation();
  return (error) => {
    if (error instanceof Unreachable) return t("errors.unreachable");
    if (error instanceof Problem) {
      const known = `errors.codes.${error.code}`;
      if (!i18n.exists(known)) return error.detail || error.title;
      const names = [error.body["names"] ?? []].flat().join(" ");
      const sentence = t(known as "errors.unexpected", { names, known: String(error.body["known"]) });
      return i18n.language === "en" && names === "" ? `${sentence} ${error.detail}`.trim() : sentence;
    }
    return t("errors.unexpected");
  };
}

/** What happened, what is safe, what to do. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const text = useErrorText();
  const problem = error instanceof Problem ? error : null;
  return (
    <div style={{ padding: 24 }}>
      <Alert
        type="error"
        showIcon
        title={text(error)}
        description={
          <>
            <div>{t("errors.safe")}</div>
            {problem !== null && problem.detail !== "" && problem.detail !== text(error) && (
              <div style={{ marginTop: 4, opacity: 0.8 }}>{problem.detail}</div>
            )}
          </>
        }
        action={onRetry && <Button onClick={onRetry}>{t("actions.retry")}</Button>}
      />
    </div>
  );
}
