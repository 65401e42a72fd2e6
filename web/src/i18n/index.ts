/** Chinese and English. One namespace a feature, in locales/<language>/<feature>.json, loaded when it is shown. */
import dayjs from "dayjs";
import "dayjs/locale/zh-cn";
import relativeTime from "dayjs/plugin/relativeTime";
import i18n, { type BackendModule } from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = ["zh-CN", "en"] as const;
export type Language = (typeof LANGUAGES)[number];
const KEY = "copilot.language";

// a year is said from the twelfth month on: ten and a half months ago may still be this year
dayjs.extend(relativeTime, {
  thresholds: [
    { l: "s", r: 44, d: "second" },
    { l: "m", r: 89 },
    { l: "mm", r: 44, d: "minute" },
    { l: "h", r: 89 },
    { l: "hh", r: 21, d: "hour" },
    { l: "d", r: 35 },
    { l: "dd", r: 25, d: "day" },
    { l: "M", r: 45 },
    { l: "MM", r: 11, d: "month" },
    { l: "y", r: 17 },
    { l: "yy", d: "year" },
  ],
});

const files = import.meta.glob<{ default: Record<string, unknown> }>("../../locales/*/*.json");

const backend: BackendModule = {
  type: "backend",
  init: () => undefined,
  read: (language, namespace, done) => {
    const load = files[`../../locales/${language}/${namespace}.json`];
    if (!load) {
      done(new Error(`no texts for ${language}/${namespace}`), null);
      return;
    }
    load().then(
      (file) => done(null, file.default as never),
      (error: Error) => done(error, null),
    );
  },
};

function initial(): Language {
  const stored = localStorage.getItem(KEY);
  if (stored === "zh-CN" || stored === "en") return stored;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

function apply(language: Language): void {
  document.documentElement.lang = language;
  dayjs.locale(language === "zh-CN" ? "zh-cn" : "en");
}

export function startI18n(): Promise<unknown> {
  const language = initial();
  apply(language);
  return i18n
    .use(backend)
    .use(initReactI18next)
    .init({ lng: language, fallbackLng: false, ns: ["common"], defaultNS: "common", interpolation: { escapeValue: false } });
}

export function currentLanguage(): Language {
  return i18n.language === "en" ? "en" : "zh-CN";
}

export async function changeLanguage(language: Language): Promise<void> {
  localStorage.setItem(KEY, language);
  await i18n.changeLanguage(language);
  apply(language);
}
