// A file is 250 lines at most.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const LIMIT = 250;
const root = fileURLToPath(new URL("..", import.meta.url));
let failed = false;

function walk(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) walk(path);
    else if (/\.(tsx?|css)$/.test(name) && !name.endsWith(".d.ts")) {
      const lines = readFileSync(path, "utf8").split("\n").length - 1;
      if (lines > LIMIT) {
        console.error(`${path.slice(root.length)} has ${lines} lines; the limit is ${LIMIT}`);
        failed = true;
      }
    }
  }
}

for (const folder of ["src", "widget", "help"]) {
  try {
    walk(join(root, folder));
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
}
if (failed) process.exit(1);
