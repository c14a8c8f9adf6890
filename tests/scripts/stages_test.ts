import { assertEquals, assertThrows } from "@std/assert";
import { allStages, select } from "../../scripts/test/stages.ts";

const stages = await allStages();

/** The names of the stages that some words select, each with its entries. */
function selected(...words: string[]): Record<string, readonly string[]> {
  return Object.fromEntries(
    select(stages, words).map(({ name, entries }) => [name, entries]),
  );
}

Deno.test("select() takes every stage when no word is given, but optional ones", () => {
  const names = select(stages, []).map(({ name }) => name);
  assertEquals(names.length, stages.length - 1);
  assertEquals(names.includes("wine"), false);
  assertEquals(Object.keys(selected("wine")), ["wine"]);
  // A folder of tests that several stages have asks for none that is optional.
  assertEquals(Object.keys(selected("conformance")).includes("wine"), false);
});

Deno.test("select() takes the stages that the words name", () => {
  assertEquals(Object.keys(selected("bun", "interop")), ["interop", "bun"]);
  assertEquals(Object.keys(selected("node22")), ["node22 esm", "node22 cjs"]);
  assertEquals(
    Object.keys(selected("cjs")),
    ["node20 cjs", "node22 cjs", "node24 cjs"],
  );
  assertEquals(Object.keys(selected("node")).length, 6);
});

Deno.test("select() narrows each stage to the folders that the words name", () => {
  assertEquals(selected("scripts"), { "deno rest": ["scripts"] });
  assertEquals(selected("bun", "conformance"), { bun: ["conformance"] });
  assertEquals(
    Object.keys(selected("conformance")),
    ["deno", "node", "bun"].flatMap((runtime) =>
      stages.map(({ name }) => name).filter((name) => name.startsWith(runtime))
    ),
  );
});

Deno.test("select() throws when a word names nothing", () => {
  assertThrows(() => select(stages, ["nod"]), RangeError, 'Cannot test "nod"');
});

Deno.test("select() throws when the words leave no tests", () => {
  const error = assertThrows(
    () => select(stages, ["package", "core"]),
    RangeError,
  );
  assertEquals(
    error.message,
    'No tests: "core" is no folder of package',
  );
});
