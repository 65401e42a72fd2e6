import { App, Form, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { client, idempotencyKey } from "@/api/client";
import { useShops } from "@/api/lookups";
import { invalidate } from "@/api/queries";
import { NativeSelect } from "@/components/NativeSelect";
import { useErrorText } from "@/components/states";

/** Which shop's closed tickets are replayed, and how many of the newest. */
export function StartBacktest({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(["backtest", "common"]);
  const { message } = App.useApp();
  const text = useErrorText();
  const navigate = useNavigate();
  const { shops } = useShops();
  const [key] = useState(idempotencyKey);
  const [busy, setBusy] = useState(false);
  const [shop, setShop] = useState("");
  const [limit, setLimit] = useState("200");
  const [since, setSince] = useState("");
  const shopId = Number(shop || shops[0]?.id);
  const start = async () => {
    setBusy(true);
    try {
      const { data } = await client.POST("/api/v1/evaluations/reports", {
        params: { header: { "Idempotency-Key": key } },
        body: { kind: "backtest", shop_id: shopId, limit: limit === "" ? null : Number(limit), since: since === "" ? null : `${since}T00:00:00Z` },
      });
      await invalidate("/api/v1/evaluations/reports");
      onClose();
      if (data) void navigate(`/quality/backtests/${data.id}`);
    } catch (error) {
      message.error(text(error));
      setBusy(false);
    }
  };
  const whole = limit === "" || /^[1-9]\d{0,4}$/.test(limit);
  return (
    <Modal title={t("backtest:start.title")} open onCancel={onClose} onOk={() => void start()} okText={t("backtest:start.title")} okButtonProps={{ disabled: !whole || Number.isNaN(shopId) }} cancelText={t("common:actions.cancel")} confirmLoading={busy}>
      <p>{t("backtest:start.hint")}</p>
      <Form layout="vertical">
        <Form.Item label={t("backtest:shop")}>
          <NativeSelect className="ev-wide" label={t("backtest:shop")} value={String(shopId)} onChange={setShop} choices={shops.map((one) => ({ value: String(one.id), label: one.name }))} />
        </Form.Item>
        <Form.Item label={t("backtest:start.limit")} htmlFor="backtest-limit" extra={t("backtest:start.limitHint")} validateStatus={whole ? undefined : "error"} help={whole ? undefined : t("backtest:start.limitWrong")}>
          <Input id="backtest-limit" inputMode="numeric" value={limit} onChange={(event) => setLimit(event.target.value.trim())} />
        </Form.Item>
        <Form.Item label={t("backtest:start.since")} htmlFor="backtest-since">
          <Input id="backtest-since" type="date" value={since} onChange={(event) => setSince(event.target.value)} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
