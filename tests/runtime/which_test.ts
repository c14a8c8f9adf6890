/** Which runtime is told from which globals. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { NotSupported } from "../../src/api/errors.ts";
import { runtimeName, unsupported } from "../../src/runtime/which.ts";

const NODE = { versions: { node: "24.0.0" } };

/** What a runtime has, and what it is called. */
const RUNTIMES: readonly [string, Parameters<typeof runtimeName>[0]][] = [
  ["Deno", { Deno: {}, process: NODE, navigator: { userAgent: "Deno/2" } }],
  ["Bun", { Bun: {}, process: NODE, navigator: { userAgent: "Bun/1" } }],
  ["Node", { process: NODE }],
  ["Node", { process: NODE, navigator: { userAgent: "Node.js/24" } }],
  // Tests in jest, with jsdom.
  ["Node", { process: NODE, navigator: { userAgent: "Mozilla jsdom/26" } }],
];

/** What has no sockets, however much it is like Node. */
const OTHERS: readonly [string, Parameters<typeof runtimeName>[0]][] = [
  ["Cloudflare Workers", {
    process: NODE,
    navigator: { userAgent: "Cloudflare-Workers" },
  }],
  ['the edge runtime "vercel"', { EdgeRuntime: "vercel", process: NODE }],
  ["a browser", { navigator: { userAgent: "Mozilla/5.0" } }],
  // A bundler's stand-in.
  ["a browser", {
    process: { browser: true, versions: { node: "16" } },
    navigator: { userAgent: "Mozilla/5.0" },
  }],
  ["a browser's worker", {
    navigator: { userAgent: "Mozilla/5.0" },
    WorkerGlobalScope: class {},
  }],
  ["a runtime that it does not know", {}],
];

Deno.test("runtimeName() tells Deno, Node and Bun from what they have", () => {
  for (const [name, globals] of RUNTIMES) {
    assertEquals(runtimeName(globals), name);
  }
  for (const [, globals] of OTHERS) {
    assertEquals(runtimeName(globals), undefined);
  }
});

Deno.test("unsupported() names the runtime that has no sockets", () => {
  for (const [name, globals] of OTHERS) {
    const error = unsupported(undefined, globals);
    assertEquals([error instanceof NotSupported, error.code], [
      true,
      "ENOTSUP",
    ]);
    assertStringIncludes(error.message, `and this is ${name}`);
  }
});

Deno.test("unsupported() names the runtime that a bundle is for, and this one", () => {
  const { message } = unsupported("Node", { Bun: {} });
  assertEquals(
    message,
    "Cannot open a socket: @anyport/sockets was bundled for Node, and this is Bun; bundle it for Bun, or leave it out of the bundle (ENOTSUP)",
  );
});
