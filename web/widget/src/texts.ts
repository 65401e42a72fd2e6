import type { Language } from "./types";

const zh = {
  open: "联系客服",
  close: "收起",
  title: "在线客服",
  bot: "智能助手",
  botMark: "机器人",
  botHint: "智能助手（机器人）先为您解答",
  peopleHint: "客服人员会在这里回复您",
  agentHint: "{name} 正在为您服务",
  agent: "客服",
  you: "我",
  verified: "已登录：{name}",
  human: "转人工",
  humanAsk: "我想找人工客服。",
  handedPresent: "已转人工。客服在线，会在这里回复您。",
  handedOpen: "已转人工。客服会在这里回复您，您可以先把情况写下来。",
  handedClosed: "已转人工。现在不是营业时间，客服将在{time}开始营业后回复。",
  handedAway: "已转人工。现在不是营业时间，客服看到后会在这里回复。",
  waitingPresent: "客服在线，会在这里回复您。",
  waitingOpen: "已收到。客服会在这里回复您。",
  waitingClosed: "已收到。现在不是营业时间，客服将在{time}开始营业后回复。",
  waitingAway: "已收到。现在不是营业时间，客服看到后会在这里回复。",
  placeholder: "输入消息…",
  left: "还可以写 {n} 个字",
  full: "已到 {max} 字的上限",
  tooLong: "一条消息最多 {max} 字，多了 {n} 个字。请删减，或分成几条发送。",
  send: "发送",
  attach: "添加图片或文件",
  remove: "移除 {name}",
  uploading: "正在上传 {name}",
  tooLarge: "{name} 超过 {size}，请换一个小一点的文件。",
  wrongType: "不支持 {name} 这种文件。可以发送图片、PDF、文本和 MP4 视频。",
  uploadFailed: "{name} 没有上传成功。",
  sending: "发送中…",
  unsent: "未发送，连上网络后会自动发送",
  failed: "没有发出去：{reason}",
  retry: "重试",
  discard: "删除",
  sent: "已发送",
  read: "已读",
  typing: "{name} 正在输入…",
  answering: "智能助手正在查找答案…",
  offline: "网络已断开。您可以继续写，连上后会自动发送。",
  reconnecting: "连不上服务器，正在重试…",
  expired: "登录状态已过期，请刷新页面后继续。",
  closed: "在线客服暂时不可用。",
  loading: "正在打开…",
  earlier: "查看更早的消息",
  sources: "依据",
  version: "第 {n} 版",
  record: "您的订单记录",
  caseSource: "以往解答",
  opensNew: "（在新窗口打开）",
  order: "订单",
  item: "共 {n} 件",
  items: "共 {n} 件",
  estimated: "预计 {time} 送达",
  delivered: "{time} 签收",
  trace: "查看全部物流",
  resolved: "这次对话已结束。继续发消息会重新打开。",
  rate: "这次服务怎么样？",
  scores: ["很差", "不太好", "一般", "满意", "非常满意"],
  comment: "想补充什么吗？（可不填）",
  submit: "提交",
  thanks: "谢谢您的评价！",
  newMessages: "有新消息",
  download: "下载 {name}",
  today: "今天",
  log: "对话",
  suggestions: "常见问题",
};

const en: typeof zh = {
  open: "Chat with us",
  close: "Close",
  title: "Support",
  bot: "Assistant",
  botMark: "bot",
  botHint: "Our assistant, a bot, answers first",
  peopleHint: "Our team replies here",
  agentHint: "{name} is helping you",
  agent: "Support",
  you: "You",
  verified: "Signed in as {name}",
  human: "Talk to a human",
  humanAsk: "I would like to talk to a person.",
  handedPresent: "Handed over. Our team is here and will reply in this chat.",
  handedOpen: "Handed over. Our team will reply in this chat; you can already describe the details.",
  handedClosed: "Handed over. We are closed at the moment; the team is back {time} and will reply then.",
  handedAway: "Handed over. We are closed at the moment; the team will reply here once they are back.",
  waitingPresent: "Our team is here and will reply in this chat.",
  waitingOpen: "Received. Our team will reply in this chat.",
  waitingClosed: "Received. We are closed at the moment; the team is back {time} and will reply then.",
  waitingAway: "Received. We are closed at the moment; the team will reply here once they are back.",
  placeholder: "Write a message…",
  left: "{n} characters left",
  full: "That is the limit of {max} characters",
  tooLong: "A message has {max} characters at most; this one has {n} too many. Shorten it, or send it in parts.",
  send: "Send",
  attach: "Add an image or a file",
  remove: "Remove {name}",
  uploading: "Uploading {name}",
  tooLarge: "{name} is larger than {size}. Please choose a smaller file.",
  wrongType: "{name} cannot be sent. Images, PDF, text and MP4 files can.",
  uploadFailed: "{name} could not be uploaded.",
  sending: "Sending…",
  unsent: "Not sent yet; it will be as soon as you are connected",
  failed: "Not sent: {reason}",
  retry: "Try again",
  discard: "Delete",
  sent: "Sent",
  read: "Read",
  typing: "{name} is typing…",
  answering: "The assistant is looking for an answer…",
  offline: "You are offline. Keep writing; it will be sent when you are back.",
  reconnecting: "The server cannot be reached. Trying again…",
  expired: "Your sign-in has expired. Reload the page to go on.",
  closed: "The chat is not available at the moment.",
  loading: "Opening…",
  earlier: "Show earlier messages",
  sources: "Based on",
  version: "version {n}",
  record: "your order record",
  caseSource: "an earlier answer",
  opensNew: " (opens in a new window)",
  order: "Order",
  item: "{n} item",
  items: "{n} items",
  estimated: "Estimated delivery {time}",
  delivered: "Delivered {time}",
  trace: "All tracking updates",
  resolved: "This conversation has ended. Write again to reopen it.",
  rate: "How did we do?",
  scores: ["Very bad", "Bad", "Okay", "Good", "Excellent"],
  comment: "Anything to add? (optional)",
  submit: "Submit",
  thanks: "Thank you for your feedback!",
  newMessages: "New messages",
  download: "Download {name}",
  today: "Today",
  log: "Conversation",
  suggestions: "Common questions",
};

export type Texts = typeof zh;
export type Word = { [K in keyof Texts]: Texts[K] extends string ? K : never }[keyof Texts];

/** Words, times and sizes in the page's language. */
export class Speech {
  readonly texts: Texts;
  /** The shop's clock: its records are told in it, as in the text of an answer. */
  shopZone: string | undefined;
  private readonly locale: string;

  constructor(readonly language: Language) {
    this.texts = language === "zh" ? zh : en;
    this.locale = language === "zh" ? "zh-CN" : "en";
  }

  say(word: Word, slots: Record<string, string | number> = {}): string {
    return this.texts[word].replace(/\{(\w+)\}/g, (whole, name: string) => String(slots[name] ?? whole));
  }

  clock(at: string): string {
    return new Date(at).toLocaleTimeString(this.locale, { hour: "2-digit", minute: "2-digit" });
  }

  day(at: string): string {
    const date = new Date(at);
    if (date.toDateString() === new Date().toDateString()) return this.texts.today;
    return date.toLocaleDateString(this.locale, { month: "long", day: "numeric", weekday: "short" });
  }

  /** As `moment`, without the time; with the year unless it is this one. */
  date(at: string): string {
    const year = (date: Date) => date.toLocaleDateString("en", { year: "numeric", timeZone: this.shopZone });
    return new Date(at).toLocaleDateString(this.locale, {
      month: "short", day: "numeric", timeZone: this.shopZone,
      ...(year(new Date(at)) === year(new Date()) ? {} : { year: "numeric" }),
    });
  }

  /** When the shop opens, in the reader's own clock, with the weekday unless it is today. */
  opening(at: string): string {
    const date = new Date(at);
    const time = date.toLocaleTimeString(this.locale, { hour: "numeric", minute: "2-digit" });
    if (date.toDateString() === new Date().toDateString()) return this.language === "zh" ? `今天 ${time} ` : `today at ${time}`;
    const day = date.toLocaleDateString(this.locale, { weekday: "long" });
    return this.language === "zh" ? `${day} ${time} ` : `on ${day} at ${time}`;
  }

  moment(at: string): string {
    return new Date(at).toLocaleString(this.locale, {
      month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZone: this.shopZone,
    });
  }

  size(bytes: number): string {
    return bytes < 1e6 ? `${String(Math.max(1, Math.round(bytes / 1e3)))} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
  }

  money(amount: string, currency: string): string {
    return new Intl.NumberFormat(this.locale, { style: "currency", currency }).format(Number(amount));
  }
}
