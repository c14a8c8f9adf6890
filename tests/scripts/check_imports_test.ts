import { assertEquals, assertStringIncludes } from "@std/assert";
import { treeViolations, violations } from "../../scripts/check_imports.ts";
import { ROOT } from "../../scripts/places.ts";

/** Files that must be refused, each with a word of the reason. */
const REFUSED: readonly [path: string, source: string, reason: string][] = [
  ["src/types.ts", `import { errno } from "./errno.ts";`, "above types"],
  ["src/errors.ts", `import type { X } from "./core/conn.ts";`, "above errors"],
  ["src/errno.ts", `export * from "./core/conn.ts";`, "above errno"],
  ["src/core/conn.ts", `import { x } from "../deno/tcp.ts";`, "above core"],
  ["src/core/conn.ts", `import { x } from "../runtime.ts";`, "above core"],
  ["src/core/conn.ts", `import { x } from "../copy.ts";`, "above core"],
  ["src/core/conn.ts", `const x = await import("../bun/tcp.ts");`, "above"],
  ["src/core/conn.ts", `import { connect } from "node:net";`, "wings' alone"],
  ["src/node/tcp.ts", `import { x } from "../deno/tcp.ts";`, "another"],
  ["src/node/tcp.ts", `import { x } from "../bun/tcp.ts";`, "another"],
  ["src/deno/tcp.ts", `import type { X } from "../bun/tcp.ts";`, "another"],
  ["src/bun/tcp.ts", `import { x } from "../deno/tcp.ts";`, "another"],
  ["src/node/tcp.ts", `import { network } from "../runtime.ts";`, "above"],
  ["src/node/tcp.ts", `import { x } from "fast-check";`, "no package"],
  ["src/deno/tcp.ts", `import { x } from "jsr:@std/net";`, "no package"],
  ["src/runtime.ts", `import { network } from "./node/mod.ts";`, "needed"],
  ["src/runtime.ts", `export { network } from "./node/mod.ts";`, "needed"],
  ["src/runtime.ts", `import { copy } from "./copy.ts";`, "above runtime"],
  ["src/runtime.ts", `const wing = await import(path);`, "literally"],
  ["src/copy.ts", `import { x } from "./node/tcp.ts";`, "only src/runtime.ts"],
  ["src/copy.ts", `import { listen } from "../mod.ts";`, "is above"],
  ["src/server/serve.ts", `import { listen } from "../../mod.ts";`, "is above"],
  ["src/copy.ts", `import { x } from "../tests/harness.ts";`, "not part"],
  ["mod.ts", `export * from "./src/deno/mod.ts";`, "only src/runtime.ts"],
  ["mod.ts", `import {\n  type A,\n  b,\n} from "@std/net";`, "no package"],
  ["mod.ts", `import "node:net";`, "wings' alone"],

  ["src/core/conn.ts", `Deno.close(1);`, "names Deno"],
  ["src/core/conn.ts", `type Raw = Deno.Conn;`, "names Deno"],
  ["src/core/conn.ts", `const b = Buffer.alloc(1);`, "names Buffer"],
  ["src/core/conn.ts", "const t = `${process.pid}`;", "names process"],
  ["src/errors.ts", `if (x) require("node:net");`, "names require"],
  ["src/copy.ts", `Bun.gc();`, "names Bun"],
  ["src/copy.ts", `const r = /"/; Deno.exit(); // "`, "names Deno"],
  ["src/node/tcp.ts", `if (typeof Deno === "object") x();`, "asks"],
  ["src/node/tcp.ts", `if (typeof globalThis.Bun !== "undefined");`, "asks"],
  ["src/bun/tcp.ts", `const is = "Bun" in globalThis;`, "asks"],
  ["src/node/tcp.ts", `const is = process.versions.bun;`, "asks"],
  ["src/deno/tcp.ts", `const is = navigator.userAgent;`, "asks"],

  ["tests/conformance/a.ts", `import "../../src/copy.ts";`, "as users do"],
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
  ["src/errors.ts", `import type { Addr } from "./types.ts";`],
  ["src/core/conn.ts", `import { x } from "./read_queue.ts";`],
  ["src/core/conn.ts", `// Deno, Bun: typeof Deno\nimport "../errno.ts";`],
  ["src/core/conn.ts", `/** from "../mod.ts" */ const hint = 'on Deno: "x"';`],
  ["src/core/conn.ts", 'const text = `import("../mod.ts"), process`;'],
  ["src/core/conn.ts", `const half = total / 2; // Deno / 2`],
  ["src/core/conn.ts", `const o = { process: 1 }; o.process; link.Deno;`],
  ["src/node/tcp.ts", `import { connect } from "node:net"; process.pid;`],
  ["src/node/tcp.ts", `const [major] = process.versions.node.split(".");`],
  ["src/deno/tcp.ts", `let conn: Deno.Conn; type Open = typeof Deno.connect;`],
  ["src/bun/tcp.ts", `import { x } from "../node/tcp.ts";`],
  ["src/deno/datagram.ts", `import { x } from "../node/udp.ts";`],
  ["src/which.ts", `if (typeof Deno === "object") import("./deno/mod.ts");`],
  ["src/runtime.ts", `import type { Network } from "./node/mod.ts";`],
  ["src/server/serve.ts", `import { x } from "../copy.ts";`],
  ["mod.ts", `export * as errors from "./src/errors.ts";`],
  ["tests/core/a_test.ts", `import { x } from "../../src/core/conn.ts";`],
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
    '/*\n * Two lines,\n */\nconst a = `\n`;\nimport "../mod.ts";\n';
  const [found] = violations("src/copy.ts", source);
  assertStringIncludes(found, "src/copy.ts:6: ");
});

Deno.test("treeViolations() finds none in this repository", async () => {
  assertEquals(await treeViolations(ROOT), []);
});
