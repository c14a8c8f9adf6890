/**
 * Checks the direction of imports, and that only `src/runtime/` refers to a runtime:
 *
 *     api ← core ← adapter ← deno, node, bun ← runtime ← server, berkeley, framing ← mod
 *
 * As a program it checks the whole tree and prints the violations.
 *
 * @module
 */
import { readdir } from "node:fs/promises";
import { join, posix, sep } from "node:path";
import { ROOT } from "./places.ts";
import { type SourceText, sourceText } from "./source_text.ts";

/** The layers, lowest first; a file belongs to the first match. */
const LAYERS: readonly { name: string; files: RegExp }[] = [
  { name: "api", files: /^src\/api\// },
  { name: "core", files: /^src\/core\// },
  { name: "adapter", files: /^src\/runtime\/adapter\.ts$/ },
  { name: "the runtimes", files: /^src\/runtime\/(deno|node|bun|node_api)\// },
  { name: "runtime", files: /^src\/runtime\/(mod|which)\.ts$/ },
  { name: "what stands above runtime", files: /^src\// },
  { name: "mod", files: /^mod\.ts$/ },
];
const [RUNTIMES, RUNTIME] = ["the runtimes", "runtime"].map(layerNamed);

/** The folder that the runtimes share. */
const SHARED = "node_api";

/** Files that import only the public API. */
const USERS = /^(examples|tests)\//;
/** Tests of internal modules. */
const INSIDERS = /^tests\/(core|runtime|server)\//;

const IMPORT =
  /\b(?:import|export)\b(\s+type\b)?(?:[^;"()]*?\bfrom\b)?\s*(\(\s*)?"(\d+)"/g;
const COMPUTED_IMPORT = /\bimport\s*\(\s*(?!"\d+"\s*[),])/g;
const RUNTIME_GLOBAL =
  /(?<![.\w$])(?:Deno|Bun|process|Buffer|require|__dirname)(?![\w$]|\s*\??:)/g;
const RUNTIME_QUESTION =
  /\btypeof\s+(?:globalThis\s*\.\s*)?(?:Deno|Bun|process)\b(?!\s*\.)|"\d+"\s+in\s+globalThis\b|\bversions\s*\.\s*(?:bun|deno)\b|\bnavigator\s*\.\s*userAgent\b/g;

/** An import of a file. */
interface Import {
  readonly from: string;
  /** Its offset in the code. */
  readonly at: number;
  readonly kind: "type" | "static" | "lazy";
}

/**
 * Finds the violations in a file.
 *
 * @param path The path from the repository's root, with forward slashes.
 * @returns One line for each, with its place.
 */
export function violations(path: string, source: string): string[] {
  const text = sourceText(source);
  const found: [at: number, message: string][] = [];
  if (USERS.test(path)) {
    if (!INSIDERS.test(path)) found.push(...usersViolations(path, text));
  } else {
    found.push(...importViolations(path, text));
    found.push(...runtimeViolations(path, text));
  }
  return found.map(([at, message]) =>
    `${path}:${text.code.slice(0, at).split("\n").length}: ${message}`
  );
}

function* usersViolations(
  path: string,
  text: SourceText,
): Iterable<[number, string]> {
  for (const { from, at } of imports(text)) {
    const target = resolve(path, from);
    if (target !== undefined && layerOf(target) !== -1) {
      yield [at, `imports ${target}; import "@anyport/sockets" as users do`];
    }
  }
}

function* importViolations(
  path: string,
  text: SourceText,
): Iterable<[number, string]> {
  for (const one of imports(text)) {
    const reason = refusal(path, one);
    if (reason !== undefined) {
      yield [one.at, `imports ${JSON.stringify(one.from)}: ${reason}`];
    }
  }
  for (const { index } of text.code.matchAll(COMPUTED_IMPORT)) {
    yield [index, "imports what no tool can follow: write the path literally"];
  }
}

/** Why an import of a library file is a violation; `undefined` if it is not. */
function refusal(path: string, { from, kind }: Import): string | undefined {
  const layer = layerOf(path);
  const target = resolve(path, from);
  if (target === undefined) {
    if (!from.startsWith("node:")) return "the library depends on no package";
    return layer === RUNTIMES ? undefined : "node: is the runtimes' alone";
  }
  const targetLayer = layerOf(target);
  if (targetLayer === -1) return "it is not part of the library";
  if (targetLayer > layer) {
    return `${LAYERS[targetLayer].name} is above ${LAYERS[layer].name}`;
  }
  if (targetLayer !== RUNTIMES) return undefined;
  if (layer === RUNTIMES) {
    const [own, other] = [runtimeOf(path), runtimeOf(target)];
    return own === other || other === SHARED
      ? undefined
      : `${own} is a runtime, and ${other} another`;
  }
  if (layer !== RUNTIME) {
    return "only src/runtime/mod.ts loads a runtime's adapter";
  }
  return kind === "static"
    ? "adapters are loaded when first needed"
    : undefined;
}

function* runtimeViolations(
  path: string,
  { code }: SourceText,
): Iterable<[number, string]> {
  const layer = layerOf(path);
  if (layer === RUNTIME) return;
  for (const { index } of code.matchAll(RUNTIME_QUESTION)) {
    yield [index, "asks which runtime this is; only src/runtime/which.ts does"];
  }
  if (layer === RUNTIMES) return;
  for (const { 0: name, index } of code.matchAll(RUNTIME_GLOBAL)) {
    yield [index, `names ${name}; only src/runtime knows one`];
  }
}

function* imports({ code, strings }: SourceText): Iterable<Import> {
  for (const { 1: type, 2: call, 3: string, index } of code.matchAll(IMPORT)) {
    const kind = type !== undefined
      ? "type"
      : call !== undefined
      ? "lazy"
      : "static";
    yield { from: strings[Number(string)], at: index, kind };
  }
}

/** The file of a relative import; `undefined` for a package. */
function resolve(path: string, from: string): string | undefined {
  if (!from.startsWith(".")) return undefined;
  return posix.join(posix.dirname(path), from);
}

/** The index of a file's layer; -1 outside the library. */
function layerOf(path: string): number {
  return LAYERS.findIndex(({ files }) => files.test(path));
}

function layerNamed(name: string): number {
  return LAYERS.findIndex((layer) => layer.name === name);
}

/** The runtime of a file below `src/runtime/`. */
function runtimeOf(path: string): string {
  return path.split("/")[2];
}

/** Finds the violations in the whole tree. */
export async function treeViolations(root: string): Promise<string[]> {
  const paths = ["mod.ts"];
  for (const folder of ["src", "tests", "examples"]) {
    const files = await readdir(join(root, folder), { recursive: true });
    paths.push(
      ...files.map((file) => `${folder}/${file.replaceAll(sep, "/")}`),
    );
  }
  const found: string[] = [];
  for (const path of paths.filter((path) => /\.m?[jt]s$/.test(path))) {
    const source = await Deno.readTextFile(join(root, path));
    found.push(...violations(path, source));
  }
  return found;
}

if (import.meta.main) {
  const found = await treeViolations(ROOT);
  for (const line of found) console.error(line);
  if (found.length > 0) Deno.exit(1);
}
