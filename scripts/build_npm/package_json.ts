/**
 * The npm package's `package.json`.
 *
 * @module
 */

import { ENTRIES } from "./compiling.ts";

/** The properties read from `deno.json`. */
export interface DenoJson {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** The URL of the repository. */
  readonly repository: string;
}

/** Returns the package's `package.json`, for both compilers. */
export function packageJson(
  { name, version, license, repository }: DenoJson,
): Record<string, unknown> {
  return {
    name,
    version,
    description:
      "One sockets API for Deno, Node and Bun: listen, accept, connect, read, write, half-close, close.",
    keywords: [
      "socket",
      "sockets",
      "net",
      "tcp",
      "unix-socket",
      "server",
      "client",
      "backpressure",
      "deno",
      "node",
      "bun",
    ],
    license,
    homepage: `${repository}#readme`,
    repository: { type: "git", url: `git+${repository}.git` },
    bugs: { url: `${repository}/issues` },
    // A scoped package is private by default.
    publishConfig: { access: "public" },
    // The nearer package.json files of esm/ and script/ take precedence; this one is
    // for tools that would otherwise guess.
    type: "commonjs",
    main: "./script/mod.js",
    module: "./esm/node/mod.js",
    types: "./script/mod.d.ts",
    exports: Object.fromEntries(
      Object.entries(ENTRIES).map(([entry, path]) => [entry, targets(path)]),
    ),
    sideEffects: false,
    engines: { node: ">=20" },
    // npm adds README.md and LICENSE by itself.
    files: ["esm", "script", ...SUBPATHS, ...DOCUMENTS],
  };
}

/** Copied into the package unchanged: documents, and the files that they link to. */
export const DOCUMENTS = [
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "docs",
  "examples",
  "bench/results.json",
];

/** The entries with a subpath. */
export const SUBPATHS: readonly string[] = Object.keys(ENTRIES)
  .filter((entry) => entry !== ".")
  .map((entry) => entry.replace("./", ""));

/**
 * Returns the `package.json` in the folder of a subpath, for tools without `exports`,
 * mainly TypeScript's old module resolution.
 */
export function subpathJson(name: string): Record<string, string> {
  const path = ENTRIES[`./${name}` as keyof typeof ENTRIES];
  const { types, require: main } = targets(path);
  return { main: `.${main}`, types: `.${types.require}` };
}

/**
 * The conditional exports of an entry; the order matters.
 *
 * On Node and Bun `import` and `require()` resolve to the same file, so that a program
 * with both has one set of classes. Node can require ES modules from 20.19, 22.12 and 23
 * on, and then has the condition `module-sync`. Deno's `require()` has it too, but cannot
 * run Node's file; it lacks `node-addons` (seen with 2.9).
 */
function targets(path: string) {
  const name = path.replace(/\.ts$/, "");
  const node = `./esm/node/${name}.js`;
  const none = `./esm/none/${name}.js`;
  return {
    types: {
      require: `./script/${name}.d.ts`,
      default: `./esm/${name}.d.ts`,
    },
    deno: `./esm/${name}.js`,
    bun: `./esm/bun/${name}.js`,
    "module-sync": { "node-addons": node },
    // Before `browser`, which jest's jsdom environment sets as well.
    require: `./script/bundle/${name}.js`,
    workerd: none,
    "edge-light": none,
    browser: none,
    // Also for bundlers that are not configured for a runtime.
    default: node,
  };
}
