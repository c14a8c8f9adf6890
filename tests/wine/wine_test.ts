/**
 * The cases of `tests/conformance/` on the runtimes for Windows, under Wine 10. Not
 * part of a whole run: `deno task test wine`.
 *
 * @module
 */
import { assertEquals, assertGreater } from "@std/assert";
import { join } from "node:path";
import { buildNpm } from "../../scripts/build_npm.ts";
import { NPM_COMMAND, outputOf } from "../../scripts/command.ts";
import { exists, remove } from "../../scripts/files.ts";
import { CACHE, NPM, ROOT } from "../../scripts/places.ts";
import { bundle } from "../../scripts/test/bundles.ts";
import { run } from "../../scripts/test/child.ts";
import { countsOf, failuresOf } from "../../scripts/test/junit.ts";
import { tools } from "../../scripts/tools.ts";
import { test } from "../harness.ts";
import { KNOWN } from "./known.ts";

const FOLDER = join(CACHE, "wine");
const LIMIT_MS = 8 * 60_000;
const REPORT = "report.xml";

/** The runtimes, as npm has them for Windows, and how each runs a file of tests. */
const RUNTIMES = {
  node: {
    path: "package/bin/node.exe",
    args: [
      "--test",
      "--test-reporter=junit",
      `--test-reporter-destination=${REPORT}`,
      "cases_test.mjs",
    ],
  },
  bun: {
    path: "package/bin/bun.exe",
    // It cannot write its report there: ENOENT.
    args: ["test", "--timeout=60000", "./cases_test.mjs"],
  },
  deno: {
    path: "package/deno.exe",
    args: [
      "test",
      "-A",
      "--no-check",
      `--junit-path=${REPORT}`,
      "cases_test.mjs",
    ],
  },
} as const;

/** What npm is asked for: the versions that the other tests run. */
async function packageOf(name: keyof typeof RUNTIMES): Promise<string> {
  if (name === "deno") return `@deno/win32-x64@${Deno.version.deno}`;
  const path = join(ROOT, "scripts", "tools", "package.json");
  const { optionalDependencies } = JSON.parse(await Deno.readTextFile(path));
  const key = name === "node" ? "node24-win32-x64" : "bun-win32-x64";
  return optionalDependencies[key].replace(/^npm:/, "");
}

/** Why it cannot run here. */
async function whyNot(): Promise<string | undefined> {
  try {
    const version = await outputOf("wine", ["--version"]);
    // Of Wine 8 the runtimes want functions that it does not have.
    return parseInt(version.replace(/^wine-/, "")) >= 10
      ? undefined
      : `needs Wine 10, and here is ${version.trim()}`;
  } catch {
    return "needs program wine, version 10, and the rights of root";
  }
}

/** Puts together what the runtimes load. @returns The folder. */
async function prepared(): Promise<string> {
  await buildNpm();
  const [cases] = (await bundle(["conformance"], "esm", await tools()))
    .filter((file) => file.includes("conformance_test"));
  const modules = join(FOLDER, "node_modules", "@anyport");
  await remove(modules);
  await Deno.mkdir(modules, { recursive: true });
  await outputOf("cp", ["-r", NPM, join(modules, "sockets")]);
  await Deno.copyFile(cases, join(FOLDER, "cases_test.mjs"));
  await Deno.writeTextFile(
    join(FOLDER, "deno.json"),
    JSON.stringify({ nodeModulesDir: "manual" }),
  );
  return FOLDER;
}

async function program(name: keyof typeof RUNTIMES): Promise<string> {
  const target = join(FOLDER, name);
  const path = join(target, RUNTIMES[name].path);
  if (await exists(path)) return path;
  await Deno.mkdir(target, { recursive: true });
  const packed = await outputOf(
    NPM_COMMAND,
    ["pack", await packageOf(name), "--silent"],
    { cwd: target },
  );
  await outputOf("tar", ["xzf", packed.trim().split("\n").at(-1)!], {
    cwd: target,
  });
  return path;
}

/** How many cases there were, and which have failed. */
interface Results {
  readonly count: number;
  readonly failed: readonly string[];
}

function ofReport(report: string): Results {
  const { passed, failed, skipped } = countsOf(report);
  return { count: passed + failed + skipped, failed: failuresOf(report) };
}

/** What Bun prints. */
function ofBun(text: string): Results {
  const failed = text.matchAll(/^\(fail\) (.+) \[[\d.]+m?s\]$/gm);
  return {
    count: Number(/^Ran (\d+) tests/m.exec(text)?.[1]),
    failed: [...new Set(Array.from(failed, ([, name]) => name))],
  };
}

const skip = await whyNot();

for (const name of ["node", "bun", "deno"] as const) {
  test(
    `${name} for Windows holds the cases under Wine, but for those that are known`,
    { skip, limitMs: LIMIT_MS },
    async () => {
      const cwd = await prepared();
      const report = join(cwd, REPORT);
      await remove(report);
      const command = [await program(name), ...RUNTIMES[name].args];
      // With a pipe for its output a runtime ends early.
      await run({
        command: "sh",
        args: [
          "-c",
          'cd "$0" && exec wine "$@" > out.log 2> err.log < /dev/null',
          cwd,
          ...command,
        ],
        env: { WINEDEBUG: "-all" },
      }, LIMIT_MS);
      const { count, failed } = name === "bun"
        ? ofBun(await Deno.readTextFile(join(cwd, "err.log")))
        : ofReport(await Deno.readTextFile(report));
      assertGreater(count, 2000);
      const known = KNOWN[name];
      assertEquals(
        failed.filter((one) => !known.some((pattern) => pattern.test(one))),
        [],
      );
    },
  );
}
