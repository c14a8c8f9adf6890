import { assertEquals } from "@std/assert";
import { DelimiterSearch } from "../../../src/core/stream/delimiter.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** The place behind the delimiter in all pieces together; -1 if there is none. */
function placeIn(delimiter: string, pieces: readonly string[]): number {
  const search = new DelimiterSearch(bytes(delimiter));
  let before = 0;
  for (const piece of pieces) {
    const at = search.find(bytes(piece));
    if (at !== -1) return before + at;
    before += piece.length;
  }
  return -1;
}

Deno.test("DelimiterSearch finds a delimiter cut at every place", () => {
  for (const delimiter of ["\n", "\r\n", "\r\n.\r\n", "aab", "aaab"]) {
    for (const before of ["", "x", "\r", "aa", "aaaaa", "\r\n.\r"]) {
      const text = `${before}${delimiter}rest`;
      const expected = text.indexOf(delimiter) + delimiter.length;
      for (let cut = 0; cut <= text.length; cut++) {
        for (let other = cut; other <= text.length; other++) {
          const pieces = [
            text.slice(0, cut),
            text.slice(cut, other),
            text.slice(other),
          ];
          assertEquals(placeIn(delimiter, pieces), expected, pieces.join("|"));
        }
      }
      assertEquals(placeIn(delimiter, [...text]), expected, delimiter);
    }
  }
});

Deno.test("DelimiterSearch finds nothing where there is no delimiter", () => {
  assertEquals(placeIn("\r\n", ["a\r", "\r", "b\n"]), -1);
  assertEquals(placeIn("\n", ["", "abc", ""]), -1);
});

Deno.test("DelimiterSearch looks at each byte of a hostile text a bounded number of times", () => {
  // A search that starts anew at each place would take a thousand times as many steps.
  const delimiter = bytes("a".repeat(1000) + "b");
  const search = new DelimiterSearch(delimiter);
  let reads = 0;
  const piece = new Proxy(bytes("a".repeat(20_000)), {
    get(target, name) {
      if (name === "indexOf") return target.indexOf.bind(target);
      if (typeof name === "string" && /^\d+$/.test(name)) reads++;
      return Reflect.get(target, name, target);
    },
  });
  assertEquals(search.find(piece), -1);
  assertEquals(reads <= 20_000, true, `${reads} reads`);
});
