/**
 * TypeScript programs that have the package installed.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { basename, join } from "node:path";
import { outcomeOf } from "../../scripts/command.ts";
import { type ToolName, tools } from "../../scripts/tools.ts";
import { test } from "../harness.ts";
import { installed } from "./installed.ts";

const { directory } = await installed();
const { node: [{ path: node }], bin, modules } = await tools();

/** How a project finds its packages, and which of the two formats it then gets. */
const RESOLUTIONS = [
  {
    name: "nodenext, ESM",
    module: "nodenext",
    resolution: "nodenext",
    ending: ".mts",
  },
  {
    name: "nodenext, CommonJS",
    module: "nodenext",
    resolution: "nodenext",
    ending: ".cts",
  },
  {
    name: "node16, ESM",
    module: "node16",
    resolution: "node16",
    ending: ".mts",
  },
  {
    name: "node16, CommonJS",
    module: "node16",
    resolution: "node16",
    ending: ".cts",
  },
  { name: "bundler", module: "esnext", resolution: "bundler", ending: ".ts" },
] as const;

/** Where a project has its globals from: either gives streams and `AbortSignal`. */
const GLOBALS = [
  { name: "no runtime's types", types: [], lib: ["ES2022", "DOM"] },
  { name: "@types/node and no DOM", types: ["node"], lib: ["ES2022"] },
] as const;

type Setting =
  & { readonly tsc: ToolName }
  & Pick<typeof RESOLUTIONS[number], "module" | "resolution" | "ending">
  & Pick<typeof GLOBALS[number], "types" | "lib">;

/** The compiler's complaints about programs, each as `file(line): code`. */
async function complaints(
  folder: string,
  programs: Readonly<Record<string, string>>,
  { tsc, module, resolution, ending, types, lib }: Setting,
): Promise<string[]> {
  const project = join(directory, "types", folder.replaceAll(/\W+/g, "_"));
  await Deno.mkdir(project, { recursive: true });
  const files: string[] = [];
  for (const [name, source] of Object.entries(programs)) {
    files.push(name + ending);
    await Deno.writeTextFile(join(project, name + ending), source);
  }
  const compilerOptions = {
    module,
    moduleResolution: resolution,
    target: "ES2022",
    lib,
    types,
    typeRoots: [join(modules, "@types")],
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
  };
  const config = join(project, "tsconfig.json");
  await Deno.writeTextFile(config, JSON.stringify({ files, compilerOptions }));
  const { code, stdout } = await outcomeOf(node, [
    bin(tsc),
    "--project",
    config,
    "--pretty",
    "false",
  ]);
  const found = [...stdout.matchAll(/^(.*)\((\d+),\d+\): error (TS\d+)/gm)];
  assertEquals(code === 0, found.length === 0, stdout);
  return found.map(([, file, line, id]) => `${basename(file)}(${line}): ${id}`);
}

const read = (name: string) => Deno.readTextFile(join(directory, name));
const uses = await read("uses.ts");
const misuses = await read("misuses.ts");

for (const { name, ...resolution } of RESOLUTIONS) {
  for (const { name: globals, ...rest } of GLOBALS) {
    const setting: Setting = { tsc: "tsc", ...resolution, ...rest };
    const title = `${name}, with ${globals}`;
    test(`uses compile and misuses do not: ${title}`, {}, async () => {
      assertEquals(await complaints(title, { uses, misuses }, setting), []);
    });
  }
}

test("uses compile and misuses do not: the oldest TypeScript", {}, async () => {
  const setting: Setting = {
    tsc: "tsc-oldest",
    ...RESOLUTIONS[0],
    ...GLOBALS[0],
  };
  assertEquals(await complaints("oldest", { uses, misuses }, setting), []);
});

test("uses compile and misuses do not: Deno", {}, async () => {
  const { code, stderr } = await outcomeOf(
    Deno.execPath(),
    ["check", "uses.ts", "misuses.ts"],
    { cwd: directory },
  );
  assertEquals(code, 0, stderr);
});

test("each misuse is an error of its own", {}, async () => {
  const expected: number[] = [];
  const bare = misuses.split("\n").map((line, index) => {
    if (!line.includes("@ts-expect-error")) return line;
    expected.push(index + 2);
    return "";
  }).join("\n");
  assert(expected.length > 0);
  const setting: Setting = { tsc: "tsc", ...RESOLUTIONS[0], ...GLOBALS[0] };
  const found = await complaints("bare", { misuses: bare }, setting);
  const lines = found.map((complaint) =>
    Number(complaint.match(/\((\d+)\)/)![1])
  );
  assertEquals([...new Set(lines)], expected);
});
