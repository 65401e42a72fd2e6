import { App } from "antd";
import { useTranslation } from "react-i18next";
import { client } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useErrorText } from "@/components/states";

/** What a supervisor decides of an intent; what begins or ends automatic answers asks first. */
export function useIntentActions(shop: number) {
  const { t } = useTranslation("autonomy");
  const common = useTranslation().t;
  const { message, modal } = App.useApp();
  const text = useErrorText();
  const run = async (work: () => Promise<unknown>, done: string) => {
    try {
      await work();
      message.success(done);
    } catch (error) {
      message.error(text(error));
    }
    await invalidate("/api/v1/autonomy");
    await invalidate("/api/v1/grants");
  };
  const put = (intent: string, allowed: boolean) =>
    client.PUT("/api/v1/autonomy/{shop_id}/{intent}", { params: { path: { shop_id: shop, intent } }, body: { allowed } });
  return {
    accept: (intent: string, name: string) =>
      void modal.confirm({
        title: t("intents.acceptAsk", { intent: name }),
        content: t("intents.acceptHint"),
        okText: t("intents.accept"),
        cancelText: common("actions.cancel"),
        onOk: () => run(() => client.POST("/api/v1/autonomy/{shop_id}/{intent}/accept", { params: { path: { shop_id: shop, intent } } }), t("intents.done")),
      }),
    forbid: (intent: string, name: string) =>
      void modal.confirm({
        title: t("intents.forbidAsk", { intent: name }),
        content: t("intents.forbidHint"),
        okText: t("intents.forbid"),
        okButtonProps: { danger: true },
        cancelText: common("actions.cancel"),
        onOk: () => run(() => put(intent, false), t("intents.forbidden")),
      }),
    allow: (intent: string) => run(() => put(intent, true), t("intents.allowed")),
  };
}
