import { assertEquals, assertThrows } from "@std/assert";
import { DerError, DerReader, TAG } from "../../../src/core/tls/der.ts";
import { test } from "../../harness.ts";

const none = { skip: undefined };

function reader(hex: string): DerReader {
  const bytes = hex.replaceAll(" ", "").match(/../g) ?? [];
  return new DerReader(Uint8Array.from(bytes, (byte) => parseInt(byte, 16)));
}

test("DerReader.any() refuses lengths that are not DER", none, () => {
  const wrong = {
    "a head alone": "30",
    "fewer bytes than it says": "04 02 00",
    "the indefinite form": "30 80 00 00",
    "long where short would do": "04 81 01 00",
    "two bytes where one would do": `04 82 00 80 ${"00".repeat(128)}`,
    "a length cut short": "04 82 01",
    "a length of four bytes": "04 84 00 00 00 01 00",
    "a tag of two bytes": "1f 1f 00",
    "no bytes": "",
  };
  for (const [what, hex] of Object.entries(wrong)) {
    assertThrows(() => reader(hex).any(), DerError, undefined, what);
  }
  assertEquals(
    reader(`04 81 80 ${"00".repeat(128)}`).any().rest.length,
    128,
  );
  return Promise.resolve();
});

test("DerReader.integer() takes the shortest form alone", none, () => {
  for (const hex of ["02 00", "02 02 00 7f", "02 02 ff 80", "03 01 00"]) {
    assertThrows(() => reader(hex).integer(), DerError, undefined, hex);
  }
  for (const hex of ["02 01 00", "02 02 00 80", "02 01 ff", "02 02 ff 7f"]) {
    reader(hex).integer();
  }
  assertEquals(reader("02 02 01 00").count(), 256);
  for (const hex of ["02 01 ff", "02 05 01 00 00 00 00"]) {
    assertThrows(() => reader(hex).count(), DerError, undefined, hex);
  }
  return Promise.resolve();
});

test("DerReader.boolean() takes 00 and FF alone", none, () => {
  assertEquals(reader("01 01 00").boolean(), false);
  assertEquals(reader("01 01 ff").boolean(), true);
  for (const hex of ["01 01 01", "01 00", "01 02 ff ff"]) {
    assertThrows(() => reader(hex).boolean(), DerError, undefined, hex);
  }
  return Promise.resolve();
});

test("DerReader.oid() reads arcs of every size", none, () => {
  const known = {
    "06 03 55 1d 11": "2.5.29.17",
    "06 08 2a 86 48 ce 3d 04 03 02": "1.2.840.10045.4.3.2",
    "06 01 27": "0.39",
    "06 02 88 37": "2.999",
  };
  for (const [hex, oid] of Object.entries(known)) {
    assertEquals(reader(hex).oid(), oid);
  }
  // An arc as long as a UUID.
  const long = `06 14 69 ${"81".repeat(18)} 01`;
  assertEquals(reader(long).oid().startsWith("hex 69818181"), true);
  for (const hex of ["06 00", "06 01 80", "06 02 80 01", "06 03 55 80 01"]) {
    assertThrows(() => reader(hex).oid(), DerError, undefined, hex);
  }
  return Promise.resolve();
});

test("DerReader.bits() refuses bits that must not be set", none, () => {
  assertEquals([...reader("03 02 05 a0").bits()], [0xa0]);
  assertEquals([...reader("03 01 00").bits()], []);
  for (const hex of ["03 00", "03 01 01", "03 02 08 00", "03 02 05 a1"]) {
    assertThrows(() => reader(hex).bits(), DerError, undefined, hex);
  }
  assertEquals([...reader("03 02 00 a1").octets()], [0xa1]);
  assertThrows(() => reader("03 02 05 a0").octets(), DerError);
  return Promise.resolve();
});

test("DerReader.time() reads the forms of RFC 5280 alone", none, () => {
  const time = (tag: number, text: string) =>
    new DerReader(
      Uint8Array.of(tag, text.length, ...new TextEncoder().encode(text)),
    ).time();
  const { utcTime, generalizedTime } = TAG;
  assertEquals(
    time(utcTime, "491231235959Z"),
    Date.UTC(2049, 11, 31, 23, 59, 59),
  );
  assertEquals(time(utcTime, "500101000000Z"), Date.UTC(1950, 0, 1));
  assertEquals(time(generalizedTime, "20500101000000Z"), Date.UTC(2050, 0, 1));
  assertEquals(
    time(generalizedTime, "99991231235959Z"),
    Date.UTC(9999, 11, 31, 23, 59, 59),
  );
  const wrong: [number, string][] = [
    [utcTime, "4912312359Z"],
    [utcTime, "491231235959"],
    [utcTime, "491231235959+0000"],
    [utcTime, "490230000000Z"],
    [utcTime, "491331000000Z"],
    [utcTime, "491231240000Z"],
    [utcTime, "491231235960Z"],
    [generalizedTime, "20500101000000.5Z"],
    [generalizedTime, "205001010000Z"],
    [TAG.octetString, "491231235959Z"],
  ];
  for (const [tag, text] of wrong) {
    assertThrows(() => time(tag, text), DerError, undefined, text);
  }
  return Promise.resolve();
});
