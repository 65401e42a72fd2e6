import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import globals from "globals";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts"] },
  js.configs.recommended,
  ...ts.configs.strict,
  hooks.configs.flat["recommended-latest"],
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", ignoreRestSiblings: true }],
      // one way to the server: the generated client
      "no-restricted-globals": ["error", { name: "fetch", message: "Use src/api (the generated client)." }],
      "no-restricted-imports": ["error", { paths: [{ name: "echarts", message: "Import echarts/core and the parts used." }] }],
      eqeqeq: "error",
    },
  },
  { files: ["scripts/**"], languageOptions: { globals: { ...globals.node } } },
  // small bundles of their own, without the console's client
  { files: ["widget/**", "help/**"], rules: { "no-restricted-globals": "off" } },
);
