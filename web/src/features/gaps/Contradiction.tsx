import { EditOutlined } from "@ant-design/icons";
import { Button, Skeleton, theme } from "antd";
import { useEffect, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { api } from "@/api/client";
import { useMay } from "@/api/session";
import { plain } from "@/components/plain";
import { ErrorState } from "@/components/states";
import { contradictionOf, type Finding, type Side } from "./data";

/** Both texts side by side as they are now, the two sentences marked, and the way to change either. */
export function Contradiction({ finding }: { finding: Finding }) {
  const { t } = useTranslation("gaps");
  const data = contradictionOf(finding);
  return (
    <>
      <p>{t(`differs.${data.differs}`)}</p>
      <div className="gp-sides">
        {finding.article_id !== null && <ArticleSide side={data.left} id={finding.article_id} />}
        {finding.other_id === null ? <RepliesSide side={data.right} cases={data.cases} /> : <ArticleSide side={data.right} id={finding.other_id} />}
      </div>
    </>
  );
}

function Frame({ title, meta, actions, children }: { title: ReactNode; meta?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  const { token } = theme.useToken();
  return (
    <section className="kn-card gp-side" style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer }}>
      <header className="kn-bar">
        <span className="gp-side-title">{title}</span>
        <span className="gp-meta" style={{ color: token.colorTextSecondary }}>
          {meta}
        </span>
        <span className="gp-side-actions">{actions}</span>
      </header>
      {children}
    </section>
  );
}

/** The published text of the article; the sentence that was compared is marked where it still stands there. */
function ArticleSide({ side, id }: { side: Side; id: number }) {
  const { t } = useTranslation("gaps");
  const { token } = theme.useToken();
  const navigate = useNavigate();
  const may = useMay("knowledge:propose");
  const found = api.useQuery("get", "/api/v1/articles/{article_id}", { params: { path: { article_id: id } } });
  const text = found.data ? plain(found.data.current.body) : "";
  const at = text.indexOf(side.text);
  const newer = found.data !== undefined && side.version !== null && found.data.current.number !== side.version;
  return (
    <Frame
      title={<Link to={`/knowledge/articles/${id}`}>{found.data?.current.title ?? side.title}</Link>}
      meta={newer ? t("sideNewer", { was: side.version, now: found.data?.current.number }) : side.version !== null && `v${side.version}`}
      actions={
        may && (
          <Button size="small" icon={<EditOutlined />} aria-label={t("editNamed", { title: side.title })} onClick={() => void navigate(`/knowledge/articles/${id}?edit=1`)}>
            {t("edit")}
          </Button>
        )
      }
    >
      {found.isPending && <Skeleton active title={false} paragraph={{ rows: 5 }} />}
      {found.error && <ErrorState error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && at === -1 && (
        <>
          <p className="gp-meta" style={{ color: token.colorTextSecondary }}>
            {t("sideMoved")}
          </p>
          <blockquote className="gp-quoted" style={{ borderColor: token.colorBorder }}>
            <Sentence side={side} />
          </blockquote>
        </>
      )}
      {found.data && (
        <div className="gp-text" tabIndex={0} role="region" aria-label={side.title}>
          {at === -1 ? (
            text
          ) : (
            <>
              {text.slice(0, at)}
              <Sentence side={side} seen />
              {text.slice(at + side.text.length)}
            </>
          )}
        </div>
      )}
    </Frame>
  );
}

/** What agents wrote in the end; the cases hold the questions that they answered. */
function RepliesSide({ side, cases }: { side: Side; cases: readonly number[] }) {
  const { t } = useTranslation("gaps");
  const may = useMay("knowledge:publish");
  return (
    <Frame title={t("fromReplies", { count: cases.length })}>
      <div className="gp-text">
        <Sentence side={side} />
      </div>
      {may && (
        <p className="gp-meta">
          {cases.map((id) => (
            <Link key={id} to={`/quality/cases/${id}`}>
              {t("evalCase", { id })}
            </Link>
          ))}
        </p>
      )}
    </Frame>
  );
}

/** The sentence, in it the value that differs; one that stands in another form ("７天") leaves the sentence alone. */
function Sentence({ side, seen = false }: { side: Side; seen?: boolean }) {
  const { token } = theme.useToken();
  const mark = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!seen || !mark.current) return;
    const box = mark.current.closest<HTMLElement>(".gp-text");
    if (box) box.scrollTop = Math.max(0, mark.current.offsetTop - 60);
  }, [seen]);
  const at = side.value === "" ? -1 : side.text.indexOf(side.value);
  return (
    <mark ref={mark} style={{ background: token.colorWarningBg, color: token.colorText }}>
      {at === -1 ? (
        side.text
      ) : (
        <>
          {side.text.slice(0, at)}
          <strong>{side.value}</strong>
          {side.text.slice(at + side.value.length)}
        </>
      )}
    </mark>
  );
}
