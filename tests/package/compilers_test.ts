/** Whether both compilers make the same package. */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { compileByDnt } from "../../scripts/build_npm/dnt.ts";
import { compileByTsc } from "../../scripts/build_npm/tsc.ts";
import { denoJson, typesVersions } from "../../scripts/build_npm.ts";
import { outputOf } from "../../scripts/command.ts";
import { filesOf, remove } from "../../scripts/files.ts";
import { CACHE } from "../../scripts/places.ts";
import { stdSource } from "../../scripts/std_source.ts";
import { tools } from "../../scripts/tools.ts";
import { test } from "../harness.ts";

const { node: [{ path: node }], bin } = await tools();
const skip = await stdSource() === "jsr"
  ? undefined
  : "dnt comes from JSR, which cannot be reached";

/** A compiler's modules, by path: the code without what is a matter of layout. */
async function modulesOf(directory: string): Promise<Map<string, string>> {
  const files = (await filesOf(directory)).filter((path) =>
    path.endsWith(".js")
  );
  const target = `${directory}.min`;
  await remove(target);
  await outputOf(node, [
    bin("esbuild"),
    ...files.map((path) => join(directory, path)),
    ...["--minify", `--outbase=${directory}`, `--outdir=${target}`],
    "--log-level=error",
  ]);
  const found = new Map<string, string>();
  for (const path of files) {
    found.set(path, await Deno.readTextFile(join(target, path)));
  }
  return found;
}

test(
  "dnt and the TypeScript compiler make the same modules",
  { skip, limitMs: 300_000 },
  async () => {
    const [byDnt, byTsc] = ["dnt", "tsc"].map((name) =>
      join(CACHE, "compilers", name)
    );
    for (const directory of [byDnt, byTsc]) {
      await remove(directory);
      await Deno.mkdir(directory, { recursive: true });
    }
    await compileByDnt(byDnt, await denoJson(), await typesVersions());
    await compileByTsc(byTsc, await tools());
    const [dnt, tsc] = [await modulesOf(byDnt), await modulesOf(byTsc)];
    // Above all no polyfill, which every entry would import for its side effects.
    assertEquals([...dnt.keys()], [...tsc.keys()]);
    for (const [path, code] of dnt) {
      assert(code === tsc.get(path), `${path} is not the same`);
    }
  },
);
