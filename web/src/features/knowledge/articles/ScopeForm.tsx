import { App, AutoComplete, Button, DatePicker, Form, Radio, Select } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "@/api/client";
import { invalidate } from "@/api/queries";
import { useMay } from "@/api/session";
import { useErrorText } from "@/components/states";
import { useIntents, useShops, useStaff } from "@/api/lookups";
import { etag } from "../states";
import { AUDIENCES, AudienceTag } from "../tags";
import { useCategoryNames } from "./CategoryTree";

interface Fields {
  audience: string;
  shop_ids: number[];
  category: string;
  validity: [Dayjs | null, Dayjs | null] | null;
  owner_id: number | null;
  intents: string[];
}

/** Who finds the article, where and when; it takes effect at once, without a new version. */
export function ScopeForm({ article }: { article: Schemas["ArticleOut"] }) {
  const { t } = useTranslation("knowledge");
  const common = useTranslation().t;
  const { message, modal } = App.useApp();
  const errorText = useErrorText();
  const may = useMay("knowledge:publish");
  const shops = useShops();
  const staff = useStaff();
  const intents = useIntents();
  const categories = useCategoryNames();
  const [form] = Form.useForm<Fields>();
  const change = api.useMutation("put", "/api/v1/articles/{article_id}/scope");
  const store = (fields: Fields) =>
    change.mutate(
      {
        params: { path: { article_id: article.id }, header: etag(article.version) },
        body: {
          audience: fields.audience,
          shop_ids: fields.shop_ids,
          category: fields.category.trim(),
          valid_from: fields.validity?.[0]?.toISOString() ?? null,
          valid_to: fields.validity?.[1]?.toISOString() ?? null,
          owner_id: fields.owner_id ?? null,
          intents: fields.intents,
        },
      },
      {
        onSuccess: () => {
          void message.success(t("done.scope"));
          void invalidate("/api/v1/articles");
        },
        onError: (error) => void message.error(errorText(error)),
      },
    );
  const save = (fields: Fields) => {
    // what staff wrote for themselves would be read by everybody: that is asked for once more
    if (fields.audience === "public" && article.audience !== "public") {
      void modal.confirm({
        title: t("scope.openAsk"),
        content: t("scope.openHint"),
        okText: t("scope.open"),
        cancelText: common("actions.cancel"),
        onOk: () => store(fields),
      });
    } else store(fields);
  };
  return (
    <Form<Fields>
      form={form}
      layout="vertical"
      disabled={!may}
      style={{ maxWidth: 560 }}
      initialValues={{
        audience: article.audience,
        shop_ids: article.shop_ids,
        category: article.category,
        validity: [article.valid_from ? dayjs(article.valid_from) : null, article.valid_to ? dayjs(article.valid_to) : null],
        owner_id: article.owner_id,
        intents: article.intents,
      }}
      onFinish={save}
    >
      <Form.Item name="audience" label={t("scope.audience")} extra={t("scope.audienceHint")}>
        <Radio.Group style={{ display: "flex", flexWrap: "wrap", gap: 8 }}>
          {AUDIENCES.map((one) => (
            <Radio key={one} value={one}>
              <AudienceTag audience={one} />
            </Radio>
          ))}
        </Radio.Group>
      </Form.Item>
      <Form.Item name="shop_ids" label={t("scope.shops")}>
        <Select mode="multiple" allowClear options={shops.options} placeholder={t("scope.allShops")} showSearch={{ optionFilterProp: "label" }} />
      </Form.Item>
      <Form.Item name="category" label={t("scope.category")} extra={t("scope.categoryHint")}>
        <AutoComplete options={categories.map((name) => ({ value: name }))} showSearch={{ filterOption: (typed, option) => option?.value.includes(typed) ?? false }} maxLength={128} />
      </Form.Item>
      <label className="visually-hidden" htmlFor="validity-to">
        {t("scope.validity")} {t("scope.to")}
      </label>
      <Form.Item name="validity" htmlFor="validity-from" label={t("scope.validity")} extra={t("scope.validityHint")}>
        <DatePicker.RangePicker id={{ start: "validity-from", end: "validity-to" }} showTime={{ format: "HH:mm" }} format="YYYY-MM-DD HH:mm" allowEmpty={[true, true]} style={{ width: "100%" }} placeholder={[t("scope.from"), t("scope.to")]} />
      </Form.Item>
      <Form.Item name="owner_id" label={t("scope.owner")} extra={t("scope.ownerHint")}>
        <Select allowClear options={staff.options} showSearch={{ optionFilterProp: "label" }} />
      </Form.Item>
      <Form.Item name="intents" label={t("scope.intents")}>
        <Select mode="multiple" allowClear options={intents.options} showSearch={{ optionFilterProp: "label" }} />
      </Form.Item>
      {may ? (
        <Button type="primary" htmlType="submit" loading={change.isPending}>
          {common("actions.save")}
        </Button>
      ) : (
        <p>{t("scope.readOnly")}</p>
      )}
    </Form>
  );
}
