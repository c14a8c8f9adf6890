/**
 * Several processes on one port.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Runtime } from "../runtimes.ts";
import { outcomes } from "./attempts.ts";
import { onRuntimes, type ProgramOptions, start } from "./program.ts";

const HOSTNAME = "127.0.0.1";

/** What reusePort takes on Deno. */
const UNSTABLE: ProgramOptions = { denoFlags: ["-A", "--unstable-net"] };

const SUPPORTING = ["deno", "node22", "node24", "bun"] as const;

/** Where it is missing, and what is said to be needed. */
const LACKING = {
  deno: "on Deno reusePort needs --unstable-net",
  node20: "reusePort needs Node 22.12, 23.1 or later",
};

onRuntimes(
  "A port is taken over by the second process when both listen with reusePort and the first ends",
  { only: SUPPORTING },
  async (runtime) => {
    await using first = start(runtime, "shares_port", [0], UNSTABLE);
    const port = Number(await first.says("listening"));
    await using second = start(runtime, "shares_port", [port], UNSTABLE);
    assertEquals(Number(await second.says("listening")), port);
    await first[Symbol.asyncDispose]();
    using _conn = await Deno.connect({ hostname: HOSTNAME, port });
    await second.says("got it");
    assertEquals((await second.exit()).code, 0);
  },
);

onRuntimes(
  "The workers of node:cluster share a port, and its connections",
  { only: ["node20", "node22", "node24"] },
  async (runtime) => {
    await using both = start(runtime, "cluster");
    const port = Number(await both.says("listening"));
    assertEquals(Number(await both.says("listening")), port);
    for (let i = 0; i < 2; i++) {
      using _conn = await Deno.connect({ hostname: HOSTNAME, port });
      await both.says("got it");
    }
    assertEquals((await both.exit()).code, 0);
  },
);

onRuntimes(
  "listen() rejects NotSupported when reusePort is missing",
  { only: Object.keys(LACKING) as Runtime["name"][] },
  async (runtime) => {
    const [{ error, code, message }] = await outcomes(runtime, [
      ["listen", { hostname: HOSTNAME, port: 0, reusePort: true }],
    ]);
    assertEquals([error, code], ["errors.NotSupported", "ENOTSUP"]);
    assertStringIncludes(
      message!,
      LACKING[runtime.name as keyof typeof LACKING],
    );
  },
);
