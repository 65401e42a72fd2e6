/** Times, amounts and relative ages in the reader's language. Times come in UTC and are shown in the reader's zone. */
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";

export function useFormats() {
  const { i18n } = useTranslation();
  const language = i18n.language;
  return {
    /** "2026年4月1日 08:30" */
    time: (iso: string) => new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso)),
    date: (iso: string) => new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(new Date(iso)),
    /** "3 天前" */
    ago: (iso: string) => dayjs(iso).locale(language === "en" ? "en" : "zh-cn").fromNow(),
    /** "3 天" */
    since: (iso: string) => dayjs(iso).locale(language === "en" ? "en" : "zh-cn").fromNow(true),
    /** An amount as the record has it: a decimal string and its currency. */
    money: (amount: string | number, currency: string) =>
      new Intl.NumberFormat(language, { style: "currency", currency, currencyDisplay: "narrowSymbol" }).format(Number(amount)),
    number: (value: number, digits = 0) => new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value),
    /** Always as many digits: figures stand below one another. */
    fixed: (value: number, digits = 3) => new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value),
    /** A difference: "+0.012", "-0.003", and "0.000" for what rounds to nothing. */
    signed: (value: number, digits: number) =>
      new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: "exceptZero" }).format(value),
    percent: (share: number, digits = 0) =>
      new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: digits }).format(share),
  };
}

/** A relative age that tells the exact time when pointed at. */
export function Ago({ at, bare = false }: { at: string; /** "3 days", without "ago" */ bare?: boolean }) {
  const formats = useFormats();
  return (
    <time dateTime={at} title={formats.time(at)} className="tabular">
      {bare ? formats.since(at) : formats.ago(at)}
    </time>
  );
}
