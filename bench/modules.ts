/**
 * The modules of the library that Deno loads for `listen`, and those that it opens.
 *
 * Deno opens the files behind every lazy `import()` before it starts, and loads those
 * that are imported statically, or when they are needed.
 *
 * @module
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { outputOf } from "../scripts/command.ts";
import { ROOT } from "../scripts/places.ts";

/** Numbers of files. */
export interface Modules {
  readonly loaded: number;
  readonly opened: number;
}

interface Graph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly isDynamic?: boolean;
      readonly code?: { readonly specifier?: string };
    }[];
  }[];
}

/** Counts them, from the graph that Deno prints. */
export async function countModules(): Promise<Modules> {
  const { modules }: Graph = JSON.parse(
    await outputOf(Deno.execPath(), ["info", "--json", join(ROOT, "mod.ts")]),
  );
  const byName = new Map(modules.map((one) => [one.specifier, one]));
  /** Counts the files that some import, by imports with code. */
  const count = (paths: readonly string[], followsLazy: boolean) => {
    const found = new Set<string>();
    const left = paths.map((path) => pathToFileURL(join(ROOT, path)).href);
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      if (found.has(name) || !name.startsWith("file:")) continue;
      found.add(name);
      for (const { isDynamic, code } of byName.get(name)?.dependencies ?? []) {
        if (code?.specifier === undefined || isDynamic && !followsLazy) {
          continue;
        }
        left.push(code.specifier);
      }
    }
    return found.size;
  };
  return {
    // `listen` loads the adapter when it is called.
    loaded: count(["mod.ts", "src/runtime/deno/mod.ts"], false),
    opened: count(["mod.ts"], true),
  };
}
