/**
 * The package as its users get it: packed, and installed by npm.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { buildNpm } from "../../scripts/build_npm.ts";
import { NPM_COMMAND, outputOf } from "../../scripts/command.ts";
import { exclusively } from "../../scripts/exclusive.ts";
import { remove, textOf } from "../../scripts/files.ts";
import { CACHE, NPM } from "../../scripts/places.ts";

/** A project that has the package installed. */
export interface Project {
  /** Its directory. Programs in it import the package by name. */
  readonly directory: string;
  /** What was installed. */
  readonly tarball: string;
  /** The package's own directory in it. */
  readonly package: string;
}

/** The programs that use the package; they are copied into the project. */
const PROGRAMS = join(import.meta.dirname!, "consumers");

/** What keeps the tools from reading the settings of this repository instead. */
const SETTINGS = {
  "package.json": { private: true },
  "deno.json": { nodeModulesDir: "manual" },
};

/** Packs the package, and installs it unless the very same one is installed. */
export async function installed(): Promise<Project> {
  await buildNpm();
  return await exclusively("consumers", async () => {
    const directory = join(CACHE, "consumers");
    const tarball = await pack(join(directory, "packed"));
    const mark = join(directory, "installed");
    const digest = createHash("sha256").update(await Deno.readFile(tarball))
      .digest("hex");
    if (await textOf(mark) !== digest) {
      await remove(mark);
      await install(tarball, directory);
      await Deno.writeTextFile(mark, digest);
    }
    for await (const { name } of Deno.readDir(PROGRAMS)) {
      await Deno.copyFile(join(PROGRAMS, name), join(directory, name));
    }
    const modules = join(directory, "node_modules");
    return {
      directory,
      tarball,
      package: join(modules, "@anyport", "sockets"),
    };
  });
}

async function pack(directory: string): Promise<string> {
  await remove(directory);
  await Deno.mkdir(directory, { recursive: true });
  const flags = ["--ignore-scripts", "--pack-destination", directory];
  await outputOf(NPM_COMMAND, ["pack", NPM, ...flags]);
  const [{ name }] = Deno.readDirSync(directory);
  return join(directory, name);
}

async function install(tarball: string, directory: string): Promise<void> {
  await remove(join(directory, "node_modules"));
  for (const [name, settings] of Object.entries(SETTINGS)) {
    await Deno.writeTextFile(join(directory, name), JSON.stringify(settings));
  }
  // Offline: a package without dependencies needs no registry.
  const flags = ["--offline", "--no-audit", "--no-fund", "--no-package-lock"];
  await outputOf(NPM_COMMAND, ["install", ...flags, tarball], {
    cwd: directory,
  });
}
