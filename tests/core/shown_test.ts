import { assert, assertEquals } from "@std/assert";
import {
  bare,
  holdsPem,
  listed,
  onOneLine,
  quoted,
  sentence,
  shown,
} from "../../src/core/shown.ts";
import { test } from "../harness.ts";

const PEM = `-----BEGIN PRIVATE KEY-----\n${
  "MIGHAgEAMBMGByqGSM49".repeat(40)
}\n-----END PRIVATE KEY-----\n`;

const VALUES: readonly (readonly [value: unknown, text: string])[] = [
  [undefined, "undefined"],
  [null, "null"],
  [true, "true"],
  [-0.5, "-0.5"],
  [NaN, "NaN"],
  ["", '""'],
  ["a b", '"a b"'],
  ['say "no" \\', '"say \\"no\\" \\\\"'],
  ["é 漢 🙂", '"é 漢 🙂"'],
  [5n, "5n"],
  [10n ** 100_000n, "a long bigint"],
  [Symbol("a\nb"), "Symbol(a\\nb)"],
  [Symbol(), "Symbol()"],
  [() => {}, "a function"],
  [class {}, "a function"],
  [[1, 2], "an array"],
  [new Array(1e8), "an array"],
  [{}, "an object"],
  [new Uint8Array(9), "an object"],
  [Object.create(null), "an object"],
  [new Date(NaN), "an object"],
];

test("shown() formats values of every type", {}, () => {
  for (const [value, text] of VALUES) assertEquals(shown(value), text);
  return Promise.resolve();
});

test("shown() calls no method, getter or trap of a value", {}, () => {
  const traps = new Proxy({}, {
    get(_target, name) {
      return () => {
        throw new Error(`${String(name)} was called`);
      };
    },
  });
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const angry = {
    toString() {
      throw new Error("no");
    },
    [Symbol.toPrimitive]() {
      throw new Error("no");
    },
    get [Symbol.toStringTag]() {
      throw new Error("no");
    },
  };
  for (const value of [new Proxy({}, traps), proxy, angry]) {
    assertEquals(shown(value), "an object");
  }
  return Promise.resolve();
});

test("quoted() escapes what acts on a terminal, a log or a reader", {}, () => {
  const escapes: Record<string, string> = {
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\0": "\\u0000",
    "\x1b[2J": "\\u001b[2J",
    "\x7f": "\\u007f",
    "\x9b1m": "\\u009b1m",
    "\u202e": "\\u202e",
    "\u2066": "\\u2066",
    "\u200b": "\\u200b",
    "\u2028": "\\u2028",
    "\ufeff": "\\ufeff",
    "\u{e0041}": "\\udb40\\udc41",
    "\ud800": "\\ud800",
  };
  for (const [text, escaped] of Object.entries(escapes)) {
    assertEquals(quoted(`a${text}b`), `"a${escaped}b"`);
    assertEquals(bare(`a${text}b`), `a${escaped}b`);
    assertEquals(onOneLine(`a${text}b`), `a${escaped}b`);
    assertEquals(sentence(`a${text}b`), `a${escaped}b`);
  }
  assertEquals(bare('C:\\x "y"'), 'C:\\x "y"');
  return Promise.resolve();
});

test("quoted() shows 64 characters at most, and how many there are", {}, () => {
  assertEquals(quoted("x".repeat(64)), `"${"x".repeat(64)}"`);
  assertEquals(
    quoted("x".repeat(65)),
    `"${"x".repeat(64)}…" (65 characters)`,
  );
  // An escape is not cut in two.
  assertEquals(
    quoted("\n".repeat(1e6)),
    `"${"\\n".repeat(32)}…" (1000000 characters)`,
  );
  assertEquals(
    quoted("\u202e".repeat(11)),
    `"${"\\u202e".repeat(10)}…" (11 characters)`,
  );
  assertEquals(bare("x".repeat(65)), `${"x".repeat(64)}… (65 characters)`);
  assertEquals(sentence("x".repeat(300)), "x".repeat(300));
  assert(sentence("x".repeat(1e6)).length < 400);
  return Promise.resolve();
});

test("no message shows what is in PEM", {}, () => {
  const texts = [PEM, `x${PEM}`, "x".repeat(1000) + PEM];
  for (const text of texts) {
    for (const write of [shown, quoted, bare, sentence]) {
      assertEquals(write(text), `PEM text of ${text.length} characters`);
    }
    assert(holdsPem(text));
  }
  assert(!holdsPem("x") && !holdsPem(5));
  return Promise.resolve();
});

test("listed() shows the first of many texts", {}, () => {
  assertEquals(listed([]), "");
  assertEquals(listed(["h2", "a b"]), '"h2", "a b"');
  assertEquals(
    listed(["y".repeat(80), "h2", "h3"]),
    `"${"y".repeat(64)}…" (80 characters) and 2 more`,
  );
  return Promise.resolve();
});
