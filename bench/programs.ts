/**
 * Provides the programs of the bench: runtimes, packages, and compiled C.
 *
 * @module
 */
import { join } from "node:path";
import { NPM_COMMAND, outputOf } from "../scripts/command.ts";
import { exclusively } from "../scripts/exclusive.ts";
import { remove, textOf } from "../scripts/files.ts";
import { CACHE, ROOT } from "../scripts/places.ts";
import { tools } from "../scripts/tools.ts";
import type { Programs } from "./commands.ts";
import { makeCredentials } from "./credentials.ts";

/** The programs and their environment. */
export interface Equipment {
  readonly programs: Programs;
  /** The path of the load generator. */
  readonly load: string;
  /** Environment variables of every contender. */
  readonly env: Readonly<Record<string, string>>;
}

const HERE = import.meta.dirname!;
const TARGET = join(CACHE, "bench");

const STREAMS = ["echo", "stream", "visit", "connect"];
const DATAGRAMS = ["udp_in", "udp_out", "datagram", "drops"];
const TLS = ["tls_visit", "tls_stream", "tls_client", "tls"];
const BINARIES = {
  load: ["load", ...STREAMS, ...TLS, ...DATAGRAMS, "pattern", "bench"],
  server: ["server", "pattern", "bench"],
  tls_server: ["tls_server", "tls", "pattern", "bench"],
  udp_server: ["udp_server", "datagram", "pattern", "bench"],
};

/**
 * Compiles and installs the programs.
 *
 * @throws {CommandError} A C compiler or OpenSSL is missing, or a package cannot be
 *   installed
 */
export async function equip(): Promise<Equipment> {
  await Deno.mkdir(TARGET, { recursive: true });
  for (const [name, sources] of Object.entries(BINARIES)) {
    const files = sources.map((source) => join(HERE, "load", `${source}.c`));
    const flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-std=gnu11"];
    const libraries = sources.includes("tls") ? ["-lssl", "-lcrypto"] : [];
    const out = ["-o", join(TARGET, name)];
    await outputOf("gcc", [...flags, ...out, ...files, ...libraries]);
  }
  const { node, bun } = await tools();
  const newest = node[node.length - 1].path;
  const packages = await installPackages();
  const credentials = await makeCredentials(join(TARGET, "credentials"));
  const config = join(ROOT, "deno.json");
  return {
    load: join(TARGET, "load"),
    programs: {
      deno: [Deno.execPath(), "run", "--allow-all", "--config", config],
      node: [newest],
      bun,
      // The executable of `python3`, which may be a script that takes longer to start
      // than Python does.
      python: (await outputOf("python3", [
        "-c",
        "import sys; print(sys.executable)",
      ])).trim(),
      server: join(TARGET, "server"),
      tlsServer: join(TARGET, "tls_server"),
      udpServer: join(TARGET, "udp_server"),
    },
    env: {
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
      BENCH_PACKAGES: packages,
      ...credentials,
    },
  };
}

/** Installs the packages that are compared, at the versions of the lock file. */
async function installPackages(): Promise<string> {
  const source = join(HERE, "packages");
  const target = join(TARGET, "packages");
  const mark = join(target, "installed");
  const lock = await Deno.readTextFile(join(source, "package-lock.json"));
  await exclusively("bench", async () => {
    if (await textOf(mark) === lock) return;
    console.error("bench: installing packages to compare with (once)");
    await remove(target);
    await Deno.mkdir(target, { recursive: true });
    for (const file of ["package.json", "package-lock.json"]) {
      await Deno.copyFile(join(source, file), join(target, file));
    }
    const flags = ["--ignore-scripts", "--omit=peer", "--omit=optional"];
    await outputOf(
      NPM_COMMAND,
      ["ci", ...flags, "--no-audit", "--no-fund", "--loglevel=error"],
      { cwd: target },
    );
    await Deno.writeTextFile(mark, lock);
  });
  return target;
}

/** Describes the machine and the versions as text. */
export async function describe({ programs }: Equipment): Promise<string[]> {
  const version = async (command: string, ...args: string[]) =>
    (await outputOf(command, args)).trim().split("\n")[0];
  const cpu = /^model name\s*:\s*(.*)$/m
    .exec(await Deno.readTextFile("/proc/cpuinfo"))?.[1] ?? "unknown CPU";
  return [
    `${cpu}, ${navigator.hardwareConcurrency} cores, Linux ${Deno.osRelease()}`,
    `Deno ${Deno.version.deno}`,
    `Node ${(await version(programs.node[0], "--version")).slice(1)}`,
    `Bun ${await version(programs.bun, "--version")}`,
    await version(programs.python, "--version"),
    await version("gcc", "--version"),
    (await version("openssl", "version")).replace(/ \d+ \w+ \d+ .*/, ""),
  ];
}
