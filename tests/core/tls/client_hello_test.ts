import { assertEquals, assertInstanceOf } from "@std/assert";
import {
  HelloReader,
  MalformedHello,
} from "../../../src/core/tls/client_hello.ts";
import { test } from "../../harness.ts";
import { extension, message, records, text, vector } from "./written_hello.ts";

const HELLO = {
  serverName: "a.example.test",
  alpnProtocols: ["h2", "http/1.1"],
  speaks12: true,
  speaks13: true,
};

const NAMED = message([
  ...extension(10, [0, 2, 0, 29]),
  ...extension(0, vector(2, [0, ...vector(2, text("A.Example.test."))])),
  ...extension(
    16,
    vector(2, ["h2", "http/1.1"].flatMap((name) => vector(1, text(name)))),
  ),
  ...extension(43, vector(1, [3, 4, 3, 3])),
]);

/** What comes of bytes that come in pieces of so many each. */
function read(bytes: Uint8Array, each = bytes.length) {
  const reader = new HelloReader();
  for (let at = 0; at < bytes.length; at += each) {
    const hello = reader.take(bytes.slice(at, at + each));
    if (hello !== undefined) {
      assertEquals(reader.bytes, bytes.subarray(0, at + each));
      return hello;
    }
  }
  assertEquals(reader.bytes, bytes);
  return undefined;
}

test(
  "HelloReader.take() reads a message in any number of pieces and records",
  {},
  () => {
    for (const inRecord of [NAMED.length, 100, 1]) {
      for (const inPiece of [1e6, 7, 1]) {
        assertEquals(read(records(NAMED, inRecord), inPiece), HELLO);
      }
    }
    return Promise.resolve();
  },
);

test("HelloReader.take() reads a message without extensions", {}, () => {
  const nothing = {
    serverName: null,
    alpnProtocols: [],
    speaks12: true,
    speaks13: false,
  };
  assertEquals(read(records(message([]), 1e4)), nothing);
  return Promise.resolve();
});

test(
  "HelloReader.take() returns undefined while the message is incomplete",
  {},
  () => {
    const whole = records(NAMED, 1e4);
    for (let length = 1; length < whole.length; length++) {
      assertEquals(read(whole.subarray(0, length), length), undefined);
    }
    return Promise.resolve();
  },
);

test("HelloReader.take() returns null when it is no ClientHello", {}, () => {
  const others: readonly (readonly number[])[] = [
    text("GET / HTTP/1.1\r\n"),
    [22, 3, 1, 0, 0],
    [22, 3, 1, 0, 4, 2, 0, 0, 0],
    [22, 3, 1, 0, 4, 1, 255, 255, 255],
  ];
  for (const bytes of others) {
    assertEquals(read(new Uint8Array(bytes)), null);
  }
  return Promise.resolve();
});

test("HelloReader.take() refuses lengths that exceed the message", {}, () => {
  for (let at = 4; at < NAMED.length; at++) {
    const spoilt = [...NAMED];
    spoilt[at] = 255;
    // Whatever it is, it is found out without an error.
    read(records(spoilt, 1e4));
  }
  const cut = message([0, 0, 0, 9, 0]);
  assertMalformed(read(records(cut, 1e4)), 50);
  return Promise.resolve();
});

test(
  "HelloReader.take() has linear cost, with one byte a record too",
  {},
  () => {
    // The longest that is waited for, a byte to a record, a byte at a time.
    const long = [1, 0, 63, 252, ...Array<number>(16 * 1024 - 4).fill(255)];
    assertMalformed(read(records(long, 1), 1), 50);
    return Promise.resolve();
  },
);

/** Refused with that alert. */
function assertMalformed(read: unknown, alert: number): void {
  assertInstanceOf(read, MalformedHello);
  assertEquals(read.alert, alert);
}

test(
  "HelloReader.take() refuses bytes behind the message in its record",
  {},
  () => {
    const followed = [...NAMED, 1, 0, 0, 0];
    for (const inPiece of [1e6, 7, 1]) {
      assertMalformed(read(records(followed, 1e4), inPiece), 10);
    }
    // A record of its own is left to the engine.
    const apart = new Uint8Array([
      ...records(NAMED, 1e4),
      ...records([20, 0, 0, 0], 1e4),
    ]);
    assertEquals(read(apart), HELLO);
    return Promise.resolve();
  },
);

test("HelloReader refuses a list of protocols that names none", {}, () => {
  const names = (...list: string[]) =>
    vector(2, list.flatMap((name) => vector(1, text(name))));
  const wrong = {
    "no list": [],
    "an empty list": names(),
    "an empty name alone": names(""),
    "an empty name in front": names("", "h2"),
    "an empty name behind": names("h2", ""),
    "a name that is cut short": vector(2, [3, ...text("h2")]),
    "bytes behind the list": [...names("h2"), 0],
  };
  for (const body of Object.values(wrong)) {
    assertMalformed(read(records(message(extension(16, body)), 1e4)), 50);
  }
  const longest = "x".repeat(255);
  assertEquals(read(records(message(extension(16, names(longest))), 1e4)), {
    serverName: null,
    alpnProtocols: [longest],
    speaks12: true,
    speaks13: false,
  });
  return Promise.resolve();
});

test(
  "HelloReader refuses an extension that comes twice, whatever it is",
  {},
  () => {
    for (const type of [0, 16, 43, 0x1234]) {
      const twice = message([...extension(type, []), ...extension(type, [])]);
      const alone = message(extension(type, []));
      // Some are malformed alone: they must not be empty.
      assertMalformed(
        read(records(twice, 1e4)),
        read(records(alone, 1e4)) instanceof MalformedHello ? 50 : 47,
      );
    }
    const names = extension(0, vector(2, [0, ...vector(2, text("a.test"))]));
    assertMalformed(read(records(message([...names, ...names]), 1e4)), 47);
    return Promise.resolve();
  },
);

test(
  "HelloReader.take() reads versions from supported_versions alone, where it is (RFC 8446 §4.2.1)",
  {},
  () => {
    for (
      const [versions, speaks12, speaks13] of [
        [[3, 4], false, true],
        [[3, 3], true, false],
        [[3, 4, 3, 3], true, true],
        [[3, 2], false, false],
      ] as const
    ) {
      const bytes = message(extension(43, vector(1, versions)));
      const found = read(records(bytes, 1e4)) as typeof HELLO;
      assertEquals([found.speaks12, found.speaks13], [speaks12, speaks13]);
    }
    return Promise.resolve();
  },
);
