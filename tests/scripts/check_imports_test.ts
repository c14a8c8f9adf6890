import { assertEquals, assertStringIncludes } from "@std/assert";
import { treeViolations, violations } from "../../scripts/check_imports.ts";
import { ROOT } from "../../scripts/places.ts";

/** Files that must be refused, each with a word of the reason. */
const REFUSED: readonly [path: string, source: string, reason: string][] = [
  ["src/api/stream.ts", `import { x } from "../core/errno.ts";`, "above api"],
  [
    "src/api/errors.ts",
    `import type { X } from "../core/stream/conn.ts";`,
    "above api",
  ],
  [
    "src/core/stream/conn.ts",
    `import { x } from "../../runtime/deno/listen.ts";`,
    "above core",
  ],
  [
    "src/core/stream/conn.ts",
    `import { x } from "../../runtime/mod.ts";`,
    "above core",
  ],
  [
    "src/core/stream/conn.ts",
    `import type { X } from "../../runtime/adapter.ts";`,
    "above core",
  ],
  [
    "src/core/errno.ts",
    `import { x } from "../server/serve.ts";`,
    "above core",
  ],
  [
    "src/core/stream/conn.ts",
    `const x = await import("../../runtime/bun/listen.ts");`,
    "above",
  ],
  [
    "src/core/stream/conn.ts",
    `import { connect } from "node:net";`,
    "runtimes' alone",
  ],
  [
    "src/runtime/node/listen.ts",
    `import { x } from "../deno/listen.ts";`,
    "another",
  ],
  [
    "src/runtime/node/listen.ts",
    `import { x } from "../bun/listen.ts";`,
    "another",
  ],
  [
    "src/runtime/deno/listen.ts",
    `import type { X } from "../bun/listen.ts";`,
    "another",
  ],
  [
    "src/runtime/bun/listen.ts",
    `import { x } from "../deno/listen.ts";`,
    "another",
  ],
  [
    "src/runtime/bun/listen.ts",
    `import { x } from "../node/listen.ts";`,
    "another",
  ],
  [
    "src/runtime/node_api/dns.ts",
    `import { x } from "../node/listen.ts";`,
    "another",
  ],
  [
    "src/runtime/node/listen.ts",
    `import { network } from "../mod.ts";`,
    "above",
  ],
  ["src/runtime/adapter.ts", `import { x } from "./node/mod.ts";`, "above"],
  [
    "src/runtime/node/listen.ts",
    `import { x } from "fast-check";`,
    "no package",
  ],
  [
    "src/runtime/deno/listen.ts",
    `import { x } from "jsr:@std/net";`,
    "no package",
  ],
  ["src/runtime/mod.ts", `import { network } from "./node/mod.ts";`, "needed"],
  ["src/runtime/mod.ts", `export { network } from "./node/mod.ts";`, "needed"],
  [
    "src/runtime/mod.ts",
    `import { x } from "../server/serve.ts";`,
    "above runtime",
  ],
  ["src/runtime/mod.ts", `const adapter = await import(path);`, "literally"],
  [
    "src/server/serve.ts",
    `import { x } from "../runtime/node/listen.ts";`,
    "only src/runtime/mod.ts",
  ],
  ["src/server/serve.ts", `import { listen } from "../../mod.ts";`, "is above"],
  [
    "src/core/stream/copy.ts",
    `import { x } from "../../../tests/harness.ts";`,
    "not part",
  ],
  [
    "mod.ts",
    `export * from "./src/runtime/deno/mod.ts";`,
    "only src/runtime/mod.ts",
  ],
  ["mod.ts", `import {\n  type A,\n  b,\n} from "@std/net";`, "no package"],
  ["mod.ts", `import "node:net";`, "runtimes' alone"],

  ["src/core/stream/conn.ts", `Deno.close(1);`, "names Deno"],
  ["src/core/stream/conn.ts", `type Raw = Deno.Conn;`, "names Deno"],
  ["src/core/stream/conn.ts", `const b = Buffer.alloc(1);`, "names Buffer"],
  ["src/core/stream/conn.ts", "const t = `${process.pid}`;", "names process"],
  ["src/api/errors.ts", `if (x) require("node:net");`, "names require"],
  ["src/core/stream/copy.ts", `Bun.gc();`, "names Bun"],
  ["src/core/stream/copy.ts", `const r = /"/; Deno.exit(); // "`, "names Deno"],
  ["src/runtime/node/listen.ts", `if (typeof Deno === "object") x();`, "asks"],
  [
    "src/runtime/node/listen.ts",
    `if (typeof globalThis.Bun !== "undefined");`,
    "asks",
  ],
  ["src/runtime/bun/listen.ts", `const is = "Bun" in globalThis;`, "asks"],
  ["src/runtime/node/listen.ts", `const is = process.versions.bun;`, "asks"],
  ["src/runtime/deno/listen.ts", `const is = navigator.userAgent;`, "asks"],

  [
    "tests/conformance/a.ts",
    `import "../../src/core/stream/copy.ts";`,
    "as users do",
  ],
  ["tests/property/a_test.ts", `import "../../mod.ts";`, "as users do"],
  ["examples/echo.ts", `import { listen } from "../mod.ts";`, "as users do"],
  ["tests/interop/programs/a.mjs", `import("../../../mod.ts")`, "as users do"],
];

for (const [path, source, reason] of REFUSED) {
  Deno.test(`violations() refuses ${source} in ${path}`, () => {
    const found = violations(path, source);
    assertEquals(found.length, 1);
    assertStringIncludes(found[0], reason);
  });
}

/** Files with which nothing is wrong. */
const ACCEPTED: readonly [path: string, source: string][] = [
  ["src/api/errors.ts", `import type { Addr } from "./stream.ts";`],
  ["src/core/stream/conn.ts", `import { x } from "./read_queue.ts";`],
  [
    "src/core/stream/conn.ts",
    `// Deno, Bun: typeof Deno\nimport "../errno.ts";`,
  ],
  [
    "src/core/stream/conn.ts",
    `/** from "../mod.ts" */ const hint = 'on Deno: "x"';`,
  ],
  ["src/core/stream/conn.ts", 'const text = `import("../mod.ts"), process`;'],
  ["src/core/stream/conn.ts", `const half = total / 2; // Deno / 2`],
  [
    "src/core/stream/conn.ts",
    `const o = { process: 1 }; o.process; link.Deno;`,
  ],
  [
    "src/runtime/node/listen.ts",
    `import { connect } from "node:net"; process.pid;`,
  ],
  [
    "src/runtime/node/listen.ts",
    `const [major] = process.versions.node.split(".");`,
  ],
  [
    "src/runtime/deno/listen.ts",
    `let conn: Deno.Conn; type Open = typeof Deno.connect;`,
  ],
  ["src/runtime/bun/listen.ts", `import { x } from "../node_api/dns.ts";`],
  ["src/runtime/deno/datagram.ts", `import { x } from "../node_api/dgram.ts";`],
  ["src/runtime/node/mod.ts", `import { lazyTls } from "../adapter.ts";`],
  [
    "src/runtime/which.ts",
    `if (typeof Deno === "object") import("./deno/mod.ts");`,
  ],
  ["src/runtime/mod.ts", `import type { Adapter } from "./node/mod.ts";`],
  ["src/server/serve.ts", `import { x } from "../core/stream/copy.ts";`],
  ["mod.ts", `export * as errors from "./src/api/errors.ts";`],
  [
    "tests/core/a_test.ts",
    `import { x } from "../../src/core/stream/conn.ts";`,
  ],
  ["tests/conformance/a.ts", `import { listen } from "@anyport/sockets";`],
  ["tests/scripts/a_test.ts", `import { x } from "../../scripts/x.ts";`],
  ["examples/echo.ts", `import { listen } from "@anyport/sockets";`],
];

for (const [path, source] of ACCEPTED) {
  Deno.test(`violations() accepts ${source} in ${path}`, () => {
    assertEquals(violations(path, source), []);
  });
}

Deno.test("violations() names the line", () => {
  const source =
    '/*\n * Two lines,\n */\nconst a = `\n`;\nimport "../../../mod.ts";\n';
  const [found] = violations("src/core/stream/copy.ts", source);
  assertStringIncludes(found, "src/core/stream/copy.ts:6: ");
});

Deno.test("treeViolations() finds none in this repository", async () => {
  assertEquals(await treeViolations(ROOT), []);
});
