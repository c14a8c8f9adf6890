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
const { node, bun, bin, modules } = await tools();

/** What each is led to, by `import` and by `require()`: the same file, but on Deno. */
const RUNTIMES: readonly {
  readonly name: string;
  readonly command: string[];
  readonly bundle: string;
  readonly required?: string;
}[] = [
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
    required: "script/bundle",
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

for (const { name: runtime, command, bundle, required } of RUNTIMES) {
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
            format === "cjs" ? required ?? bundle : bundle
          }/mod.js`,
        );
      },
    );
  }
}

for (const { name: runtime, command } of RUNTIMES) {
  test(
    `import and require() in one program give one library on ${runtime}`,
    {},
    async () => {
      const [file, ...args] = command;
      const output = await outputOf(file, [...args, "both.cjs"], {
        cwd: directory,
      });
      const { canBeOne, ...found } = JSON.parse(output);
      assertEquals(found, { isInstance: true, isOne: canBeOne });
    },
  );

  test(
    `two copies of the package know each other's errors on ${runtime}, and not their connections`,
    {},
    async () => {
      const program = join(directory, "copies.mjs");
      await Deno.writeTextFile(
        program,
        `import { createRequire } from "node:module";
import * as one from "./node_modules/@anyport/sockets/esm/mod.js";
const other = createRequire(import.meta.url)("./node_modules/@anyport/sockets/script/bundle/mod.js");
class Own extends one.errors.SocketError {}
const listener = await one.listen({ hostname: "127.0.0.1", port: 0 });
const at = { hostname: "127.0.0.1", port: listener.addr.port };
const conn = await one.connect(at);
const { name, message } = await other.startTls(conn).catch((error) => error);
conn.close();
listener.close();
const error = await one.connect(at).catch((error) => error);
const { errors } = other;
console.log(JSON.stringify({
  name,
  message,
  isOne: one.listen === other.listen,
  is: [errors.ConnectionRefused, errors.SocketError, Error, errors.TimedOut, Own]
    .map((Kind) => error instanceof Kind),
}));
`,
      );
      const [file, ...args] = command;
      const output = await outputOf(file, [...args, program], {
        cwd: directory,
      });
      const { name, message, isOne, is } = JSON.parse(output);
      assertEquals([isOne, is], [false, [true, true, true, false, false]]);
      assertEquals(name, "TypeError");
      assertStringIncludes(message, "another copy of @anyport/sockets");
    },
  );
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

for (const { name: runtime, command } of RUNTIMES.slice(-2)) {
  test(
    `a bundle for Node says on ${runtime} that it is one, and does not hang`,
    {},
    async () => {
      const bundle = join(directory, "bundled", "elsewhere.mjs");
      const source = join(directory, "elsewhere.mjs");
      await Deno.writeTextFile(
        source,
        `import { connect, connectTls, errors, listen, serve } from "@anyport/sockets";
import { Socket } from "@anyport/sockets/berkeley";
const calls = [
  () => listen({ port: 0 }),
  () => connect({ port: 1 }),
  () => connectTls({ port: 1 }),
  () => serve({ port: 0 }, () => {}),
  () => new Socket().connect({ hostname: "127.0.0.1", port: 1 }),
];
const ends = await Promise.all(calls.map((call) => call().catch((error) => error)));
console.log(JSON.stringify(ends.map((end) => [end.code, end instanceof errors.NotSupported, end.message])));
`,
      );
      await outputOf(node[0].path, [
        bin("esbuild"),
        source,
        ...["--bundle", "--platform=node", "--format=esm"],
        `--outfile=${bundle}`,
        "--log-level=warning",
      ], { cwd: directory });
      const [file, ...args] = command;
      const ends = JSON.parse(await outputOf(file, [...args, bundle]));
      assertEquals(ends.length, 5);
      for (const [code, isNotSupported, message] of ends) {
        assertEquals([code, isNotSupported], ["ENOTSUP", true], message);
        assertStringIncludes(message, "was bundled for Node");
        assertStringIncludes(message, `this is ${runtime}`);
      }
    },
  );
}

test(
  "a bundle for a browser or a Worker says that it cannot, and needs no module of Node's",
  {},
  async () => {
    const source = join(directory, "nowhere.mjs");
    await Deno.writeTextFile(
      source,
      `import { errors, listen, shutdownOnSignal } from "@anyport/sockets";
import { Socket } from "@anyport/sockets/berkeley";
const ends = [
  listen({ port: 0 }),
  shutdownOnSignal({ shutdown() {}, finished: Promise.resolve() }),
  new Socket().connect({ hostname: "127.0.0.1", port: 1 }),
];
const found = await Promise.all(ends.map((end) => end.catch((error) => error)));
console.log(JSON.stringify(found.map((error) => error instanceof errors.NotSupported)));
`,
    );
    for (const condition of ["browser", "workerd", "edge-light"]) {
      const bundle = join(directory, "bundled", `${condition}.mjs`);
      // It fails for what a browser has not.
      await outputOf(node[0].path, [
        bin("esbuild"),
        source,
        ...["--bundle", "--platform=neutral", "--format=esm"],
        ...[`--conditions=${condition}`, `--outfile=${bundle}`],
        "--log-level=warning",
      ], { cwd: directory });
      const output = await outputOf(node[0].path, [bundle]);
      assertEquals(JSON.parse(output), [true, true, true]);
    }
  },
);

test(
  "rollup without a condition, and await at the top level, give a program that ends",
  {},
  async () => {
    const source = join(directory, "awaits.mjs");
    await Deno.writeTextFile(
      source,
      `import { connect, copy, listenDatagram, serve } from "@anyport/sockets";
import { Socket } from "@anyport/sockets/berkeley";
const socket = await listenDatagram({ hostname: "127.0.0.1", port: 0 });
socket.close();
const server = await serve({ hostname: "127.0.0.1", port: 0 }, (conn) => copy(conn, conn));
const conn = await connect({ hostname: "127.0.0.1", port: server.addr.port });
await conn.write(new TextEncoder().encode("ping"));
console.log(new TextDecoder().decode(await conn.readChunk()), typeof Socket);
conn.close();
await server.shutdown();
`,
    );
    const target = join(directory, "bundled", "rollup");
    for (const { path } of node) {
      await outputOf(path, [
        bin("rollup"),
        ...["--input", source, "--dir", target, "--format", "es", "--silent"],
        ...["--plugin", join(modules, "@rollup", "plugin-node-resolve")],
        ...["--external", "/^node:/", "--entryFileNames", "[name].mjs"],
        ...["--chunkFileNames", "[name]-[hash].mjs"],
      ], { cwd: directory });
      const output = await outputOf(path, [join(target, "awaits.mjs")]);
      assertEquals(output.trim(), "ping function");
    }
  },
);
