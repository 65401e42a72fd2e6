import { Button, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import "./text.css";

type Line = Schemas["LineOut"];
const AROUND = 2; // unchanged lines beside a change

/** Changed lines with the words that changed; long stretches without a change are folded. */
export function Diff({ lines }: { lines: readonly Line[] }) {
  const { t } = useTranslation("knowledge");
  const { token } = theme.useToken();
  const [all, setAll] = useState(false);
  if (lines.every((line) => line.kind === "equal")) return <p style={{ color: token.colorTextSecondary, margin: 0 }}>{t("versions.same")}</p>;
  const near = lines.map((_, at) => lines.slice(Math.max(0, at - AROUND), at + AROUND + 1).some((other) => other.kind !== "equal"));
  const inserted = { color: token.colorSuccess, background: token.colorSuccessBg };
  const deleted = { color: token.colorError, background: token.colorErrorBg };
  return (
    <div className="kn-diff">
      {lines.map((line, at) => {
        if (!all && !near[at]) {
          const first = at === 0 || near[at - 1];
          const count = near.slice(at).findIndex(Boolean);
          return first ? (
            <div key={at}>
              <Button type="link" size="small" style={{ textIndent: 0, paddingInline: 0 }} onClick={() => setAll(true)}>
                {t("versions.folded", { count: count === -1 ? lines.length - at : count })}
              </Button>
            </div>
          ) : null;
        }
        if (line.kind === "equal") return <div key={at}>{`  ${line.new}`}</div>;
        if (line.kind === "insert") return <div key={at} style={inserted}>{`+ `}<ins>{line.new}</ins></div>;
        if (line.kind === "delete") return <div key={at} style={deleted}>{`− `}<del>{line.old}</del></div>;
        return (
          <div key={at} style={{ background: token.colorFillQuaternary }}>
            {`~ `}
            {line.parts.map(([kind, text], part) =>
              kind === "equal" ? (
                <span key={part}>{text}</span>
              ) : kind === "insert" ? (
                <ins key={part} style={inserted}>
                  {text}
                </ins>
              ) : (
                <del key={part} style={deleted}>
                  {text}
                </del>
              ),
            )}
          </div>
        );
      })}
    </div>
  );
}
