/**
 * Programs that have the package installed, on every runtime.
 *
 * @module
 */
import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { outputOf } from "../../scripts/command.ts";
import { tools } from "../../scripts/tools.ts";
import { test } from "../harness.ts";
import { installed } from "./installed.ts";

const { directory } = await installed();
const { node, bun, bin } = await tools();

const RUNTIMES = [
  ...node.map(({ major, path }) => ({
    name: `Node ${major}`,
    command: [path],
    bundle: "esm/node",
  })),
  { name: "Bun", command: [bun], bundle: "esm/bun" },
  {
    name: "Deno",
    command: [Deno.execPath(), "run", "--allow-all"],
    bundle: "esm",
  },
];

const FORMATS = [
  { name: "ESM", program: "echo.mjs", format: "esm" },
  { name: "CommonJS", program: "echo.cjs", format: "cjs" },
];

interface Report {
  readonly received: string;
  readonly classes: number;
  readonly resolved: string;
}

async function reportOf(
  [command, ...args]: string[],
  program: string,
  env?: Record<string, string>,
): Promise<Report> {
  return JSON.parse(
    await outputOf(command, [...args, program], { cwd: directory, env }),
  );
}

for (const { name: runtime, command, bundle } of RUNTIMES) {
  for (const { name, program, format } of FORMATS) {
    test(
      `the installed package echoes on ${runtime}, as ${name}`,
      {},
      async () => {
        const { received, classes, resolved } = await reportOf(
          command,
          program,
        );
        assertEquals(received, "ping");
        assertGreater(classes, 10);
        assertStringIncludes(
          resolved.replaceAll("\\", "/"),
          `/consumers/node_modules/@anyport/sockets/${
            format === "esm" ? bundle : "script/bundle"
          }/mod.js`,
        );
      },
    );
  }
}

test(
  "the package's unbundled modules echo on every runtime",
  {},
  async () => {
    const program = join(directory, "unbundled.mjs");
    await Deno.writeTextFile(
      program,
      `import * as anyport from "./node_modules/@anyport/sockets/esm/mod.js";
import echoWith from "./echo_with.cjs";
console.log(JSON.stringify({ received: await echoWith(anyport) }));
`,
    );
    for (const { command } of RUNTIMES) {
      assertEquals((await reportOf(command, program)).received, "ping");
    }
  },
);

for (const { name, program, format } of FORMATS) {
  test(
    `the installed package echoes on Node, bundled by esbuild as ${name}`,
    {},
    async () => {
      const bundle = join(directory, "bundled", program);
      const [{ path }] = node;
      const flags = ["--bundle", "--platform=node", `--format=${format}`];
      await outputOf(path, [
        bin("esbuild"),
        program,
        ...flags,
        `--outfile=${bundle}`,
        "--log-level=warning",
      ], { cwd: directory });
      const { received } = await reportOf([path], bundle, { BUNDLED: bundle });
      assertEquals(received, "ping");
    },
  );
}
