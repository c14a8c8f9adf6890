/**
 * What is in the package.
 *
 * @module
 */
import { assertEquals, assertGreater } from "@std/assert";
import { dirname, join } from "node:path";
import { BUNDLES } from "../../scripts/build_npm/bundle.ts";
import { ENTRIES } from "../../scripts/build_npm/compiling.ts";
import { outputOf } from "../../scripts/command.ts";
import { exists, filesOf } from "../../scripts/files.ts";
import { ROOT } from "../../scripts/places.ts";
import { tools } from "../../scripts/tools.ts";
import { test } from "../harness.ts";
import { assertLinks, documents } from "./documents.ts";
import { installed } from "./installed.ts";

const project = await installed();
const { node: [{ path: node }], bin } = await tools();

test(
  "the package holds each module in both formats, a bundle for each runtime, the documents, and nothing else",
  {},
  async () => {
    const modules = [
      "mod.ts",
      ...(await filesOf(join(ROOT, "src"))).map((path) => `src/${path}`),
    ];
    const expected = [
      "LICENSE",
      "README.md",
      "berkeley/package.json",
      "framing/package.json",
    ];
    expected.push("package.json", ...await documents());
    for (const format of ["esm", "script"]) {
      expected.push(`${format}/package.json`);
      for (const path of modules) {
        const stem = path.replace(/\.ts$/, "");
        expected.push(`${format}/${stem}.js`, `${format}/${stem}.d.ts`);
      }
    }
    for (const { directory, folder } of BUNDLES) {
      const entries = Object.values(ENTRIES)
        .map((path) => path.replace(/\.ts$/, ".js"));
      if (directory === "script") entries.push("whole.js");
      expected.push(...entries.map((path) => `${directory}/${folder}/${path}`));
    }
    // Modules that a bundle loads when first needed, and what it shares with them.
    const part = /^esm\/(node|bun|none)\/[a-z_]+-[A-Z0-9]{8}\.js$/;
    const files = await filesOf(project.package);
    assertEquals(files.filter((path) => !part.test(path)), expected.sort());
  },
);

test(
  "the links of the package's documents lead to files in it",
  {},
  async () => {
    await assertLinks(project.package, await filesOf(project.package));
  },
);

test(
  "package.json has the version of deno.json, and neither dependencies nor scripts",
  {},
  async () => {
    const read = async (path: string) =>
      JSON.parse(await Deno.readTextFile(path));
    const { version, ...manifest } = await read(
      join(project.package, "package.json"),
    );
    assertEquals(version, (await read(join(ROOT, "deno.json"))).version);
    const unwanted = /dependencies|scripts|^bin$|^gypfile$/i;
    assertEquals(Object.keys(manifest).filter((key) => unwanted.test(key)), []);
  },
);

test(
  "modules and declarations import files that exist, by their full names",
  {},
  async () => {
    const specifier = /(?:\bfrom |\bimport\(|\brequire\()"(\.[^"]*)"/g;
    const wrong: string[] = [];
    let seen = 0;
    for (const path of await filesOf(project.package)) {
      const file = join(project.package, path);
      const ending = path.match(/(\.d\.ts|\.js)$/)?.[0];
      if (ending === undefined) continue;
      for (
        const [, name] of (await Deno.readTextFile(file)).matchAll(specifier)
      ) {
        seen++;
        const target = join(dirname(file), name);
        const found = name.endsWith(".js") &&
          await exists(target.replace(/\.js$/, ending));
        if (!found) wrong.push(`${path}: ${name}`);
      }
    }
    assertEquals(wrong, []);
    assertGreater(seen, 0, "No import was found in the whole package");
  },
);

test("Node and Bun load the main entry from two files", {}, async () => {
  for (const { directory, folder, runtime } of BUNDLES) {
    if (runtime === undefined) continue;
    const loaded = new Set([
      join(project.package, directory, folder, "mod.js"),
    ]);
    for (const file of loaded) {
      const text = await Deno.readTextFile(file);
      for (const [, name] of text.matchAll(/(?:from|^import) "(\.[^"]*)"/gm)) {
        loaded.add(join(dirname(file), name));
      }
    }
    assertEquals(loaded.size, 2, [...loaded].join(" "));
  }
});

test("publint finds nothing", {}, async () => {
  await outputOf(node, [
    bin("publint"),
    "run",
    project.package,
    "--strict",
    "--pack",
    "false",
  ]);
});

test("Are The Types Wrong finds nothing", {}, async () => {
  await outputOf(node, [bin("attw"), project.tarball, "--no-color"]);
});
