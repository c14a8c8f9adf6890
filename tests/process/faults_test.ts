/**
 * Faults within the library's own handling of events, which are put into a copy of it:
 * they end the connection on which they happen, and nothing else.
 *
 * @module
 */
import { assert, assertEquals, assertGreater } from "@std/assert";
import { Child } from "./child.ts";
import { noCertificates, pemForTests } from "./pem.ts";
import { onRuntimes } from "./program.ts";
import type { Runtime } from "../runtimes.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const pem = pemForTests();

/** The methods that events lead to, by any class that has them. */
const METHODS = [
  "onData",
  "onDrain",
  "onEnd",
  "onError",
  "onClose",
  "take",
  "push",
  "open",
  "received",
  "ended",
  "truncated",
  "secured",
  "onHandshake",
  "peerEnded",
  "hear",
  "#take",
  "#onMessage",
  "#tellEnd",
];

/** The head of one, on a line of its own, as a formatter writes it. */
const HEAD = new RegExp(
  `^  (${METHODS.join("|")})\\([^()]*\\)(?:: [^{\\n]+)? \\{$`,
  "gm",
);

/** Copies a tree; of each program in it the methods ask for a fault first. */
function copyWithFaults(from: string, to: string): string[] {
  const places: string[] = [];
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) {
      if (name !== "node_modules") {
        places.push(...copyWithFaults(`${from}/${name}`, `${to}/${name}`));
      }
      continue;
    }
    if (!/\.(?:js|ts|json)$/.test(name)) continue;
    const text = Deno.readTextFileSync(`${from}/${name}`);
    const isProgram = /(?<!\.d)\.[jt]s$/.test(name);
    const faulty = isProgram
      ? text.replaceAll(HEAD, (head, method) => {
        places.push(method);
        return `${head} (globalThis as any).fault?.("${method}");`
          .replace(" as any", name.endsWith("ts") ? " as any" : "");
      })
      : text;
    Deno.writeTextFileSync(`${to}/${name}`, faulty);
  }
  return places;
}

/** Makes the copy that a runtime imports. @returns Its entry. */
function faulty(runtime: Runtime["name"], to: string): string {
  let places: string[];
  if (runtime === "deno") {
    places = copyWithFaults(`${ROOT}src`, `${to}/src`);
    Deno.copyFileSync(`${ROOT}mod.ts`, `${to}/mod.ts`);
    // A method that was renamed would be left out.
    assertEquals(METHODS.filter((name) => !places.includes(name)), []);
  } else places = copyWithFaults(`${ROOT}npm`, to);
  assertGreater(places.length, 20);
  if (runtime === "deno") return `${to}/mod.ts`;
  return `${to}/esm/${runtime === "bun" ? "bun" : "node"}/mod.js`;
}

onRuntimes(
  "a fault in the handling of any event ends one connection, and no process",
  { skip: noCertificates, limitMs: 180_000 },
  async (runtime) => {
    // Below the repository: Node takes what is under node_modules for JavaScript.
    const folder = await Deno.makeTempDir({ prefix: "anyport-faults-" });
    try {
      const library = faulty(runtime.name, folder);
      const { command, args, env } = runtime.command(
        `${ROOT}tests/process/programs/faults.mjs`,
        [library, pem.folder, ...METHODS],
        { denoFlags: ["-A", "--no-check"] },
      );
      await using child = new Child({
        name: "faults",
        command,
        args,
        env,
        limitMs: 150_000,
      });
      const { code, lines, stderr } = await child.exit();
      assertEquals([code, stderr], [0, ""]);
      assertEquals(
        lines.filter((line) => /^(?:uncaught|broken)/.test(line)),
        [],
      );
      assertEquals(lines.at(-1), "idle 5");
      const hits = lines.filter((line) => /^survived \S+ [1-9]/.test(line));
      assert(hits.length >= 3, lines.join("\n"));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
