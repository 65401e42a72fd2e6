/** What a person has chosen for a file, and what the server is told of it. */
import type { Schemas } from "@/api/client";

export type Kind = Schemas["UploadOut"]["kind"];
export type Inspected = Schemas["InspectedOut"];
export type Preview = Schemas["PreviewOut"];
export type RowProblem = Schemas["RowProblemOut"];

export const RECORD_KINDS: Kind[] = ["customers", "products", "orders", "order-items", "shipments", "shipment-events", "after-sales", "tickets"];

export interface Choices {
  /** column of the file → our field, "" leaves it out */
  columns: Record<string, string>;
  /** field → word of the file → ours */
  values: Record<string, Record<string, string>>;
  audience: "public" | "internal" | null;
  draft: boolean;
}

/** What the server suggests, each field once: the first column that claims it. */
export function suggested(found: Inspected): Record<string, string> {
  const taken = new Set<string>();
  return Object.fromEntries(
    found.columns.map((column) => {
      const field = column.suggested !== null && !taken.has(column.suggested) ? column.suggested : "";
      if (field !== "") taken.add(field);
      return [column.name, field];
    }),
  );
}

/** Fields that every row needs and no column gives; fields that two columns give. */
export function faults(found: Inspected, columns: Record<string, string>): { missing: string[]; twice: string[] } {
  const used = Object.values(columns).filter(Boolean);
  return {
    missing: found.columns.length === 0 ? [] : found.fields.filter((field) => field.required && !used.includes(field.name)).map((field) => field.name),
    twice: [...new Set(used.filter((name, index) => used.indexOf(name) !== index))],
  };
}

export function bodyOf(choices: Choices): Schemas["ChoicesIn"] {
  return { columns: choices.columns, values: choices.values, defaults: {}, audience: choices.audience, draft: choices.draft };
}
