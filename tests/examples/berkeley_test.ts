/**
 * The classic socket's examples: every client with every server.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { test } from "../harness.ts";
import { Child } from "../process/child.ts";
import { missing } from "../process/machine.ts";
import { runtimes } from "../runtimes.ts";
import { portOf, ROOT } from "./example.ts";

/** A program that comes in each language. */
interface Program {
  readonly name: string;
  readonly skip: string | undefined;
  start(role: "server" | "client", words: readonly string[]): Child;
}

const FOLDER = new URL("examples/berkeley/", ROOT).pathname;
const TYPESCRIPT = ["deno", "node24", "bun"];

const compiled = missing("gcc") === undefined ? compile() : undefined;

const programs: Program[] = [
  ...(await runtimes())
    .filter(({ name }) => TYPESCRIPT.includes(name))
    .map((runtime): Program => ({
      name: `TypeScript on ${runtime.name}`,
      skip: undefined,
      start(role, words) {
        const { command, args, env } = runtime.command(
          `${FOLDER}${role}.ts`,
          words,
          { denoFlags: ["--allow-net"] },
        );
        return new Child({
          name: `${role}.ts`,
          command,
          args,
          env: { ...env, NODE_NO_WARNINGS: "1" },
        });
      },
    })),
  script("Python", "python3", "py"),
  script("PHP", "php", "php"),
  {
    name: "C",
    skip: missing("gcc"),
    start: (role, words) =>
      new Child({
        name: `${role}.c`,
        command: `${compiled}/${role}`,
        args: words,
      }),
  },
];

function script(name: string, command: string, ending: string): Program {
  return {
    name,
    skip: missing(command),
    start: (role, words) =>
      new Child({
        name: `${role}.${ending}`,
        command,
        args: [`${FOLDER}${role}.${ending}`, ...words],
      }),
  };
}

function compile(): string {
  const target = new URL(".cache/examples/", ROOT).pathname;
  Deno.mkdirSync(target, { recursive: true });
  for (const role of ["server", "client"]) {
    const { success, stderr } = new Deno.Command("gcc", {
      args: [
        "-Wall",
        "-Wextra",
        "-o",
        `${target}${role}`,
        `${FOLDER}${role}.c`,
      ],
    }).outputSync();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  }
  return target;
}

for (const server of programs) {
  for (const client of programs) {
    test(
      `the classic client in ${client.name} is answered by the server in ${server.name}`,
      { skip: server.skip ?? client.skip },
      async () => {
        await using serving = server.start("server", ["0"]);
        const port = await portOf(serving, "Listening on");
        for (const words of ["good morning", "x".repeat(5000)]) {
          await using visit = client.start("client", [String(port), words]);
          const { code, lines, stderr } = await visit.exit();
          assertEquals([code, stderr], [0, ""]);
          assertEquals(lines, [words.toUpperCase()]);
          assertMatch(
            await serving.says("Connection from"),
            /^127\.0\.0\.1:\d+$/,
          );
        }
      },
    );
  }
}
