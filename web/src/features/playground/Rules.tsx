import { CheckCircleFilled, CloseCircleFilled } from "@ant-design/icons";
import { theme } from "antd";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { useRuleDetail, useRuleName } from "../ticket/ruleDetail";

/** Every rule of the decision, passed or not, with its evidence; those that failed come first. */
export function Rules({ decision }: { decision: Schemas["RulingOut"] }) {
  const { t } = useTranslation("playground");
  const { token } = theme.useToken();
  const nameOf = useRuleName();
  const detail = useRuleDetail();
  const evidence = [...decision.evidence].sort((one, other) => Number(one.passed) - Number(other.passed));
  const failed = evidence.filter((one) => !one.passed).length;
  return (
    <section className="pg-card pg-pad" style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer }}>
      <h2>
        {t("rules.title")} <span style={{ fontWeight: 400, color: token.colorTextSecondary }}>{t("rules.passed", { passed: evidence.length - failed, all: evidence.length })}</span>
      </h2>
      <ul className="pg-rules">
        {evidence.map((one) => (
          <li key={one.rule}>
            {one.passed ? (
              <CheckCircleFilled style={{ color: token.colorSuccess }} aria-label={t("rules.yes")} />
            ) : (
              <CloseCircleFilled style={{ color: token.colorError }} aria-label={t("rules.no")} />
            )}
            <span>
              {nameOf(one.rule)}
              <span className="pg-detail" style={{ color: token.colorTextSecondary }}>
                {detail(one.rule, one.detail)}
              </span>
            </span>
          </li>
        ))}
      </ul>
      <p style={{ margin: "8px 0 0", fontSize: 12, color: token.colorTextTertiary }}>{decision.rule_version}</p>
    </section>
  );
}
