/**
 * The npm package's `package.json`.
 *
 * @module
 */

import { ENTRIES } from "./compiling.ts";

/** What is taken from `deno.json`. */
export interface DenoJson {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** The address of the project's repository. */
  readonly repository: string;
}

/** The package's `package.json`, whichever compiler builds the rest. */
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
    // A scoped package is private unless it says otherwise.
    publishConfig: { access: "public" },
    // Also said by the nearer package.json files of esm/ and script/; here it
    // keeps tools from guessing.
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

/** Goes into the package as it is: what it says, and all that leads to. */
export const DOCUMENTS = [
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "docs",
  "examples",
  "bench/results.json",
];

/** The entries that have a name of their own. */
export const SUBPATHS: readonly string[] = Object.keys(ENTRIES)
  .filter((entry) => entry !== ".")
  .map((entry) => entry.replace("./", ""));

/**
 * The `package.json` in the folder of such a name, for tools that know no
 * `exports`: TypeScript's old module resolution above all.
 */
export function subpathJson(name: string): Record<string, string> {
  const path = ENTRIES[`./${name}` as keyof typeof ENTRIES];
  const { types, require: main } = targets(path);
  return { main: `.${main}`, types: `.${types.require}` };
}

/**
 * Where an entry leads to; the order counts.
 *
 * On Node and Bun `import` and `require()` lead to the same file, so that a program
 * with both has one set of classes. Node requires ES modules from 20.19, 22.12 and 23
 * on, which have the condition `module-sync`. Deno's `require()` has that too, and
 * Node's file does not run there; but it has no `node-addons` (seen with 2.9).
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
    // Before `browser`, which jest's jsdom has beside it.
    require: `./script/bundle/${name}.js`,
    workerd: none,
    "edge-light": none,
    browser: none,
    // Also what bundlers take that are not told for which runtime they work.
    default: node,
  };
}
