import { assertEquals } from "@std/assert";
import { AlertDetector, ClearRecords } from "../../../src/core/tls/records.ts";
import { test } from "../../harness.ts";

const none = { skip: undefined };

/** A record of that type with so many bytes. */
function record(type: number, length: number): number[] {
  return [type, 3, 3, length >> 8, length & 255, ...new Array(length).fill(1)];
}

test(
  "ClearRecords.clear is true when an unencrypted alert may follow",
  none,
  () => {
    const hello = record(22, 300);
    const after: [string, number[], boolean][] = [
      ["nothing", [], true],
      ["a hello", hello, true],
      ["two messages", [...hello, ...record(22, 4)], true],
      ["the head of a record", hello.slice(0, 3), false],
      ["a part of a record", hello.slice(0, 100), false],
      ["ChangeCipherSpec", [...hello, ...record(20, 1)], false],
      ["encrypted bytes", [...hello, ...record(23, 50)], false],
      ["an alert", [...hello, ...record(21, 2)], false],
      ["a message after ChangeCipherSpec", [
        ...record(20, 1),
        ...record(22, 40),
      ], false],
    ];
    for (const [what, sent, clear] of after) {
      const whole = new ClearRecords();
      whole.take(new Uint8Array(sent));
      assertEquals(whole.clear, clear, what);
      const single = new ClearRecords();
      for (const byte of sent) single.take(new Uint8Array([byte]));
      assertEquals(single.clear, clear, `${what}, byte by byte`);
    }
    return Promise.resolve();
  },
);

test(
  "AlertDetector.take() is true only where a record as short as an alert ends",
  none,
  () => {
    const ends: [string, number[], boolean][] = [
      ["nothing", [], true],
      ["a long record", record(23, 300), false],
      ["a short one", record(23, 24), true],
      ["a short one that is not whole", record(23, 24).slice(0, -1), false],
      ["a header", record(23, 24).slice(0, 3), false],
      ["a short one behind a long one", [
        ...record(23, 300),
        ...record(23, 19),
      ], true],
      ["a long one behind a short one", [
        ...record(23, 19),
        ...record(23, 65),
      ], false],
    ];
    for (const [what, bytes, expected] of ends) {
      const whole = new AlertDetector().take(new Uint8Array(bytes));
      assertEquals(whole, expected, what);
      const detector = new AlertDetector();
      const last = bytes.map((byte) => detector.take(new Uint8Array([byte])))
        .at(-1) ?? true;
      assertEquals(last, expected, `${what}, byte by byte`);
    }
    return Promise.resolve();
  },
);
