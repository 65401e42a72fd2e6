// Chinese and English say the same things: equal keys and equal placeholders, nothing empty.
import { readdirSync, readFileSync } from "node:fs";

const root = new URL("../locales/", import.meta.url);
const faults = [];

function flat(tree, prefix = "") {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [[prefix + key, value]] : flat(value, `${prefix}${key}.`),
  );
}

// English has two plural forms, Chinese one: both count as one key.
const base = (key) => key.replace(/_(one|other)$/, "");
const holes = (text) => [...new Set(text.match(/\{\{\s*[\w.]+/g)?.map((hole) => hole.slice(2).trim()) ?? [])].sort().join();

for (const file of new Set([...readdirSync(new URL("zh-CN/", root)), ...readdirSync(new URL("en/", root))])) {
  const read = (language) => {
    try {
      return new Map(flat(JSON.parse(readFileSync(new URL(`${language}/${file}`, root), "utf8"))));
    } catch (error) {
      faults.push(`${language}/${file}: ${error.message}`);
      return new Map();
    }
  };
  const zh = read("zh-CN");
  const en = read("en");
  const zhKeys = new Set([...zh.keys()].map(base));
  const enKeys = new Set([...en.keys()].map(base));
  for (const key of zhKeys) if (!enKeys.has(key)) faults.push(`en/${file} lacks ${key}`);
  for (const key of enKeys) if (!zhKeys.has(key)) faults.push(`zh-CN/${file} lacks ${key}`);
  for (const [key, text] of [...zh, ...en]) if (!text.trim()) faults.push(`${file}: ${key} is empty`);
  for (const [key, text] of zh) {
    const other = en.get(key) ?? en.get(`${base(key)}_other`);
    if (other !== undefined && holes(other) !== holes(text)) faults.push(`${file}: ${key} has other placeholders in English`);
  }
}
if (faults.length > 0) {
  console.error(faults.join("\n"));
  process.exit(1);
}
