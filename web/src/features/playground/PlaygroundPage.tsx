import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input, Select, Skeleton } from "antd";
import type { TextAreaRef } from "antd/es/input/TextArea";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { api, client, type Schemas } from "@/api/client";
import { useMay, useSignedIn } from "@/api/session";
import { PageFrame } from "@/components/PageFrame";
import { EmptyState, ErrorState } from "@/components/states";
import { useShortcuts } from "@/keyboard/registry";
import { BotCard } from "./BotCard";
import { Classified } from "./Classified";
import { HitsTable } from "./HitsTable";
import { Rules } from "./Rules";
import "./playground.css";

type Audience = NonNullable<Schemas["AskIn"]["audience"]>;

/** What the server takes. More can be pasted, and is said to be too much: cutting it would lose it silently. */
const MAX = 4000;
const NEAR = MAX - 400;

/** One question, all that came of it, nothing written down. What is asked stands in the address. */
export function PlaygroundPage() {
  const { t } = useTranslation("playground");
  const common = useTranslation().t;
  const me = useSignedIn();
  const mayCustomers = useMay("customers:read");
  const [search, setSearch] = useSearchParams();
  const box = useRef<TextAreaRef>(null);
  const shops = api.useQuery("get", "/api/v1/shops", {}, { staleTime: 300_000 }).data ?? [];
  const [draft, setDraft] = useState(() => ({
    q: search.get("q") ?? "",
    shop: search.get("shop") ?? "",
    as: search.get("as") ?? "",
    customer: search.get("customer") ?? "",
  }));
  const q = search.get("q") ?? "";
  // staff limited to some shops ask within one of them
  const shop = search.get("shop") ?? (me.shops !== null ? (shops[0]?.code ?? "") : "");
  const as = search.get("as") ?? "";
  const customer = mayCustomers ? (search.get("customer") ?? "") : "";
  const asked = useQuery({
    queryKey: ["post", "/api/v1/ask", { q, shop, as, customer }],
    queryFn: async ({ signal }) => {
      const body = { question: q, shop: shop || null, customer: customer || null, audience: as === "" ? null : (as as Audience) };
      const { data } = await client.POST("/api/v1/ask", { body, signal });
      if (!data) throw new Error("no answer");
      return data as Schemas["AskedOut"]; // the client widens tuples to lists
    },
    enabled: q !== "" && (me.shops === null || shop !== ""),
    staleTime: Infinity,
    retry: false,
  });
  const length = [...draft.q.trim()].length; // characters, as the server counts them
  const tooLong = length > MAX;
  const ask = () => {
    const values = { ...draft, q: draft.q.trim() };
    if (values.q === "" || tooLong) return;
    const same = Object.entries(values).every(([name, value]) => (search.get(name) ?? "") === value);
    if (same) void asked.refetch();
    else setSearch(new URLSearchParams(Object.entries(values).filter(([, value]) => value !== "")));
  };
  useShortcuts(t("title"), [
    { keys: "/", label: t("keys.focus"), run: () => box.current?.focus({ cursor: "all" }) },
    { keys: "mod+Enter", label: t("ask"), run: ask, whileTyping: true },
  ]);
  const put = (name: keyof typeof draft) => (value: string | undefined) => setDraft({ ...draft, [name]: value ?? "" });
  const eyes = ["", "customer", "staff", ...(me.permissions.includes("knowledge:publish") ? (["agent", "editor", "supervisor", "admin"] as const) : [])] as const;
  return (
    <PageFrame title={t("title")} hint={t("hint")}>
      <Form layout="vertical" onFinish={ask} className="pg-form">
        <Form.Item
          label={t("question")}
          className="pg-question"
          {...(tooLong ? { validateStatus: "error" } : {})}
          help={length < NEAR ? undefined : <span role="status">{t(tooLong ? "length.over" : length === MAX ? "length.full" : "length.left", { count: Math.abs(MAX - length), max: MAX })}</span>}
        >
          <Input.TextArea
            ref={box}
            autoFocus
            value={draft.q}
            autoSize={{ minRows: 2, maxRows: 6 }}
            onChange={(event) => put("q")(event.target.value)}
            onPressEnter={(event) => {
              if (event.shiftKey || event.nativeEvent.isComposing) return;
              event.preventDefault();
              ask();
            }}
            placeholder={t("placeholder")}
            aria-label={t("question")}
          />
        </Form.Item>
        <Form.Item label={t("shop")}>
          <Select
            value={draft.shop || shop}
            onChange={put("shop")}
            aria-label={t("shop")}
            options={[...(me.shops === null ? [{ value: "", label: t("allShops") }] : []), ...shops.map((one) => ({ value: one.code, label: one.name }))]}
          />
        </Form.Item>
        <Form.Item label={t("as")}>
          <Select
            value={draft.as}
            onChange={put("as")}
            aria-label={t("as")}
            options={eyes.map((one) => ({ value: one, label: one === "" || one === "customer" || one === "staff" ? t(`eyes.${one === "" ? "ticket" : one}`) : common(`role.${one}`) }))}
          />
        </Form.Item>
        {mayCustomers && (
          <Form.Item label={t("customer")}>
            <Input value={draft.customer} onChange={(event) => put("customer")(event.target.value)} placeholder={t("customerHint")} allowClear aria-label={t("customer")} />
          </Form.Item>
        )}
        <Form.Item className="pg-ask">
          <Button type="primary" htmlType="submit" disabled={tooLong} loading={asked.isFetching} title="Ctrl Enter">
            {t("ask")}
          </Button>
        </Form.Item>
      </Form>
      {q === "" && <EmptyState title={t("empty")} hint={t("emptyHint")} />}
      {asked.isLoading && <Skeleton active paragraph={{ rows: 10 }} />}
      {asked.error && <ErrorState error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.data && (
        <div className="pg-results" style={{ opacity: asked.isFetching ? 0.5 : 1 }}>
          <div className="pg-column">
            <BotCard asked={asked.data} />
            <HitsTable asked={asked.data} />
          </div>
          <div className="pg-column">
            <Classified asked={asked.data} />
            <Rules decision={asked.data.decision} />
          </div>
        </div>
      )}
    </PageFrame>
  );
}
