/** Whether `docs/reference/errors.md` says what the code does. */
import { assert, assertEquals } from "@std/assert";
import { socketError } from "../../src/core/errno.ts";
import * as errors from "../../src/api/errors.ts";

/** The text of a file of the project. */
function textOf(path: string): string {
  return Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));
}

const PAGE = textOf("docs/reference/errors.md");

/** The cells of the rows of tables whose first cell is code. */
const ROWS = [...PAGE.matchAll(/^\| `([^`]+)` *\|(.+)\|$/gm)]
  .map(([, first, rest]) => [
    first,
    ...rest.split(" | ").map((cell) => cell.trim()),
  ]);

/** The rows about classes. */
const CLASSES = ROWS.filter(([name]) => name in errors);

/** The keys of the one table of codes. */
const CODES = [
  ...textOf("src/core/errno.ts").matchAll(/^ {2}(E[A-Z_]+): \[\w+, "/gm),
].map(([, code]) => code);

Deno.test("the error reference has every class, with its codes", () => {
  const documented = new Set<string>();
  for (const [name, codes] of CLASSES) {
    for (const code of codes.replaceAll("*", "").split(", ")) {
      assertEquals(socketError(code, "read", undefined).name, name, code);
      documented.add(code);
    }
  }
  assertEquals([...documented].sort(), [...CODES].sort());
  assertEquals(
    CLASSES.map(([name]) => name).sort(),
    Object.keys(errors).sort(),
  );
});

Deno.test("the error reference marks the transient codes, and no others", () => {
  for (const [, codes] of CLASSES) {
    for (const cell of codes.split(", ")) {
      const isMarked = cell.startsWith("**");
      const code = cell.replaceAll("*", "");
      const { transient } = socketError(code, "read", undefined);
      assertEquals(transient, isMarked, code);
    }
  }
});

Deno.test("the error reference has every reason of TLS, with its code", () => {
  const type = /export type TlsReason =([^;]+);/.exec(
    textOf("src/api/errors.ts"),
  );
  const reasons = [...type![1].matchAll(/"(.+)"/g)].map(([, name]) => name);
  const rows = ROWS.filter(([name]) => name.startsWith('"'));
  assertEquals(
    rows.map(([name]) => name.slice(1, -1)).sort(),
    reasons.sort(),
  );
  for (const [name, code] of rows) {
    const tls = { reason: name.slice(1, -1) as errors.TlsReason };
    assertEquals(socketError(code, "read", undefined, { tls }).code, code);
    assert(["EPROTO", "EOF", "ETIMEDOUT"].includes(code), code);
  }
});
