/** Where an article stands: what is live, what is being written, and what comes next. */
import type { Schemas } from "@/api/client";
import type { State } from "./tags";

type Head = Schemas["ArticleRowOut"] | Schemas["ArticleOut"];
export type Version = Schemas["VersionHeadOut"];

export function openedOf(article: Head): Version | null {
  if ("versions" in article) return article.versions.find((one) => one.status === "draft" || one.status === "review") ?? null;
  return article.opened;
}

export function publishedOf(article: Head): Version | null {
  return article.current.status === "published" ? article.current : null;
}

/** What the reader of a list has to know first. */
export function stateOf(article: Head, now = Date.now()): State {
  if (article.archived_at !== null) return "archived";
  const opened = openedOf(article);
  if (publishedOf(article) === null) return opened?.status === "review" ? "review" : "draft";
  if (article.valid_to !== null && Date.parse(article.valid_to) <= now) return "expired";
  if (article.valid_from !== null && Date.parse(article.valid_from) > now) return "scheduled";
  return "published";
}

export const etag = (version: number): { "If-Match": string } => ({ "If-Match": `"${version}"` });
