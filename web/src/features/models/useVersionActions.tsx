import { App } from "antd";
import { useTranslation } from "react-i18next";
import { client } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useErrorText } from "@/components/states";
import type { Version } from "./KindSection";

/** Both ask first: what changes is what every customer is answered with. Both stand in the audit log. */
export function useVersionActions() {
  const { t } = useTranslation("models");
  const common = useTranslation().t;
  const { message, modal } = App.useApp();
  const text = useErrorText();
  const ask = (title: string, content: string, okText: string, run: () => Promise<string>) =>
    void modal.confirm({
      title,
      content,
      okText,
      cancelText: common("actions.cancel"),
      onOk: async () => {
        try {
          message.success(await run());
        } catch (error) {
          message.error(text(error));
        }
        await invalidate("/api/v1/models");
      },
    });
  return {
    activate: (version: Version, name: string) =>
      ask(t("activateAsk", { name, version: version.version }), t("activateHint"), t("activate"), async () => {
        await client.POST("/api/v1/models/versions/{version_id}/activate", { params: { path: { version_id: version.id } } });
        return t("nowServes", { version: version.version });
      }),
    rollBack: (serving: Version, name: string) =>
      ask(t("rollBackAsk", { name }), t("rollBackHint", { version: serving.version }), t("rollBack"), async () => {
        const { data } = await client.POST("/api/v1/models/{kind}/rollback", { params: { path: { kind: serving.kind } }, body: { version: serving.version } });
        return data?.version ? t("nowServes", { version: data.version }) : t("builtInNow");
      }),
  };
}
