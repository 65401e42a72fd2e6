import { Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { FeedbackList, type FeedbackQuery } from "./FeedbackList";

/** What shoppers and staff say about all articles: what waits first. */
export function FeedbackPage() {
  const { t } = useTranslation("knowledge");
  const [search, setSearch] = useSearchParams();
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(search);
    if (value === "") next.delete(name);
    else next.set(name, value);
    setSearch(next, { replace: true });
  };
  const helpful = search.get("helpful");
  const author = search.get("author");
  const query: FeedbackQuery = {
    handled: search.get("handled") === "1",
    helpful: helpful === null ? undefined : helpful === "1",
    author: author === "staff" || author === "shopper" ? author : undefined,
  };
  return (
    <div className="kn-pane" style={{ maxWidth: 960, margin: "0 auto" }}>
      <div className="kn-bar" style={{ marginBottom: 12 }}>
        <Segmented
          aria-label={t("feedback.handledLabel")}
          value={search.get("handled") ?? ""}
          onChange={(value) => set("handled", value)}
          options={[
            { value: "", label: t("feedback.waiting") },
            { value: "1", label: t("feedback.handled") },
          ]}
        />
        <Segmented
          aria-label={t("feedback.verdict")}
          value={helpful ?? ""}
          onChange={(value) => set("helpful", value)}
          options={[
            { value: "", label: t("filters.all") },
            { value: "0", label: t("feedback.notHelpful") },
            { value: "1", label: t("feedback.helpful") },
          ]}
        />
        <Segmented
          aria-label={t("feedback.author")}
          value={author ?? ""}
          onChange={(value) => set("author", value)}
          options={[
            { value: "", label: t("filters.all") },
            { value: "shopper", label: t("feedback.shoppers") },
            { value: "staff", label: t("feedback.staff") },
          ]}
        />
      </div>
      <FeedbackList query={query} />
    </div>
  );
}
