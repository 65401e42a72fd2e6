import { ReloadOutlined } from "@ant-design/icons";
import { App, Button, Segmented, theme } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { api } from "@/api/client";
import { Ago } from "@/components/format";
import { EmptyState, useErrorText } from "@/components/states";
import { KINDS, PLACES, STATES, type Place, type State } from "./data";
import { FindingList } from "./FindingList";
import { FindingPane } from "./FindingPane";
import { TaskList } from "./TaskList";
import { TaskPane } from "./TaskPane";
import "./gaps.css";

/** What the knowledge lacks, contradicts or no longer needs, and what agents keep correcting. */
export function GapsPage() {
  const { t } = useTranslation("gaps");
  const { token } = theme.useToken();
  const { id, place: named } = useParams();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const place: Place = PLACES.find((one) => one === named) ?? "gap";
  const state: State = STATES.find((one) => one === search.get("state")) ?? "open";
  const counts = api.useQuery("get", "/api/v1/knowledge/findings/counts");
  const go = (to: string | null) => void navigate({ pathname: `/knowledge/gaps/${place}${to === null ? "" : `/${to}`}`, search: search.toString() });
  const label = (one: Place) => (one === "tasks" || !counts.data ? t(`kinds.${one}`) : `${t(`kinds.${one}`)} ${counts.data[one]}`);
  return (
    <div className={`kn-two${id === undefined ? " kn-none-open" : ""}`}>
      <section className="kn-list" style={{ borderColor: token.colorBorderSecondary, background: token.colorBgContainer }} aria-label={t("list")}>
        <div className="kn-list-head">
          <div className="kn-wrap">
            <Segmented
              size="small"
              aria-label={t("kind")}
              value={place}
              onChange={(value) => void navigate({ pathname: `/knowledge/gaps/${value}` })}
              options={PLACES.map((one) => ({ value: one, label: label(one) }))}
            />
          </div>
          <div className="kn-bar">
            <Segmented
              size="small"
              aria-label={t("stateLabel")}
              value={state}
              onChange={(value) => setSearch(value === "open" ? {} : { state: value }, { replace: true })}
              options={STATES.map((one) => ({ value: one, label: t(place === "tasks" && one === "taken" ? "states.done" : `states.${one}`) }))}
            />
            {place !== "tasks" && <Compute at={counts.data?.computed_at ?? null} />}
          </div>
        </div>
        {place === "tasks" ? (
          <TaskList state={state === "taken" ? "done" : state} id={id} onOpen={go} />
        ) : (
          <FindingList key={place} kind={KINDS.find((one) => one === place) ?? "gap"} state={state} id={id} onOpen={go} />
        )}
      </section>
      <section className="kn-article" aria-label={t("detail")}>
        {id === undefined && <EmptyState title={t("choose")} hint={t(`hints.${place}`)} />}
        {id !== undefined && place === "tasks" && <TaskPane key={id} id={Number(id)} onBack={() => go(null)} />}
        {id !== undefined && place !== "tasks" && <FindingPane key={id} id={Number(id)} onBack={() => go(null)} />}
      </section>
    </div>
  );
}

/** When it was last computed, and once more. */
function Compute({ at }: { at: string | null }) {
  const { t } = useTranslation("gaps");
  const { token } = theme.useToken();
  const { message } = App.useApp();
  const errorText = useErrorText();
  const compute = api.useMutation("post", "/api/v1/knowledge/findings/compute");
  const ask = () =>
    compute.mutate({}, { onSuccess: () => void message.info(t("computing")), onError: (error) => void message.error(errorText(error)) });
  return (
    <span style={{ marginInlineStart: "auto", fontSize: 12, color: token.colorTextSecondary }}>
      {at === null ? t("never") : <Ago at={at} />}
      <Button size="small" type="text" icon={<ReloadOutlined />} loading={compute.isPending} onClick={ask} aria-label={t("compute")} title={t("compute")} />
    </span>
  );
}
