/** Keeping, renaming, sharing and deleting views. */
import { App, Checkbox, Input, Modal } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, idempotencyKey } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useErrorText } from "@/components/states";
import { compact, type Filters, type SavedView, type Sort } from "./views";

type Editing = { view: SavedView | null; key: string };

export function useSavedViews(filters: Filters, sort: Sort, onSaved: (key: string) => void, onDeleted: (id: number) => void) {
  const { t } = useTranslation("inbox");
  const { message, modal } = App.useApp();
  const errorText = useErrorText();
  const [editing, setEditing] = useState<Editing | null>(null);

  const attempt = async (act: () => Promise<void>) => {
    try {
      await act();
      await Promise.all([invalidate("/api/v1/inbox/views"), invalidate("/api/v1/inbox/counts")]);
    } catch (error) {
      message.error(errorText(error));
    }
  };
  const change = (view: SavedView, changes: { name?: string; shared?: boolean }) =>
    attempt(async () => {
      await client.PATCH("/api/v1/inbox/views/{view_id}", {
        params: { path: { view_id: view.id }, header: { "If-Match": `"${view.version}"` } },
        body: changes,
      });
    });
  const save = (name: string, shared: boolean, key: string) =>
    attempt(async () => {
      const { data } = await client.POST("/api/v1/inbox/views", {
        params: { header: { "Idempotency-Key": key } },
        body: { name, shared, sort, filters: compact(filters) as SavedView["filters"] },
      });
      await invalidate("/api/v1/inbox/views");
      if (data) onSaved(`saved:${data.id}`);
    });
  const remove = (view: SavedView) =>
    modal.confirm({
      title: t("views.deleteTitle", { name: view.name }),
      content: t(view.shared ? "views.deleteShared" : "views.deleteHint"),
      okText: t("views.delete"),
      cancelText: t("actions.cancel", { ns: "common" }),
      okButtonProps: { danger: true },
      onOk: () =>
        attempt(async () => {
          await client.DELETE("/api/v1/inbox/views/{view_id}", { params: { path: { view_id: view.id } } });
          onDeleted(view.id);
        }),
    });

  const dialog: ReactNode = editing && (
    <ViewDialog
      key={editing.key}
      view={editing.view}
      onClose={() => setEditing(null)}
      onDone={(name, shared) => {
        setEditing(null);
        void (editing.view ? change(editing.view, { name }) : save(name, shared, editing.key));
      }}
    />
  );
  return {
    dialog,
    add: () => setEditing({ view: null, key: idempotencyKey() }),
    rename: (view: SavedView) => setEditing({ view, key: idempotencyKey() }),
    share: (view: SavedView) => void change(view, { shared: !view.shared }),
    remove,
  };
}

function ViewDialog({ view, onClose, onDone }: { view: SavedView | null; onClose: () => void; onDone: (name: string, shared: boolean) => void }) {
  const { t } = useTranslation("inbox");
  const [name, setName] = useState(view?.name ?? "");
  const [shared, setShared] = useState(false);
  const done = () => name.trim() !== "" && onDone(name.trim(), shared);
  return (
    <Modal
      open
      width={380}
      title={t(view ? "views.rename" : "views.save")}
      okText={t("actions.save", { ns: "common" })}
      cancelText={t("actions.cancel", { ns: "common" })}
      okButtonProps={{ disabled: name.trim() === "" }}
      onOk={done}
      onCancel={onClose}
    >
      <Input autoFocus value={name} maxLength={64} aria-label={t("views.name")} placeholder={t("views.name")} onChange={(event) => setName(event.target.value)} onPressEnter={done} />
      {!view && (
        <>
          <Checkbox style={{ marginTop: 10 }} checked={shared} onChange={(event) => setShared(event.target.checked)}>
            {t("views.shareHint")}
          </Checkbox>
          <p style={{ margin: "8px 0 0", fontSize: 12 }}>{t("views.saveHint")}</p>
        </>
      )}
    </Modal>
  );
}
