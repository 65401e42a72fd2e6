import type { components } from "../../src/api/schema";

type Schemas = components["schemas"];
export type ChatInfo = Schemas["ChatOut"];
export type Conversation = Schemas["ConversationOut"];
export type Message = Schemas["ChatMessageOut"];
export type Source = Schemas["ChatSourceOut"];
export type Sentence = Schemas["ChatSentenceOut"];
export type OrderCard = Schemas["OrderCardOut"];
export type Parcel = Schemas["ParcelOut"];
export type Attachment = Schemas["AttachmentOut"];
export type Session = Schemas["ChatSessionOut"];
export type Sent = Schemas["ChatSentOut"];
export type Language = "zh" | "en";

/** What the page's script tag says. */
export interface Options {
  base: string;
  account: string;
  language: Language;
}

/** A message on its way; it lives in localStorage until the server has it. `human`: asks for a person. */
export interface Pending {
  clientId: string;
  text: string;
  attachments: Attachment[];
  human: boolean;
  at: number;
  failed?: string;
}

export type Connection = "idle" | "online" | "waiting";
