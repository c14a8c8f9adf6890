import { assertEquals } from "@std/assert";
import { alertRecord, descriptionOf } from "../../src/core/tls/reasons.ts";
import { AlertDetector, ClearRecords } from "../../src/core/tls/records.ts";
import { test } from "../harness.ts";

const none = { skip: undefined };

/** A record of that type with so many bytes. */
function record(type: number, length: number): number[] {
  return [type, 3, 3, length >> 8, length & 255, ...new Array(length).fill(1)];
}

test(
  "ClearRecords tells whether an alert in the clear may come next",
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

test("descriptionOf() tells reasons apart as RFC 8446 §6.2 does", none, () => {
  const known: [string, number | undefined][] = [
    [
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE unable to verify the first certificate",
      48,
    ],
    ["DEPTH_ZERO_SELF_SIGNED_CERT self-signed certificate", 48],
    ["CERT_HAS_EXPIRED certificate has expired", 45],
    ["CERT_NOT_YET_VALID", 45],
    ["ERR_TLS_CERT_ALTNAME_INVALID the certificate is not for x", 42],
    ["received corrupt message of type InvalidContentType", 50],
    ["peer is incompatible: no common protocol version", 70],
    ["peer sent no certificates", 40],
    ["received unexpected message: got ChangeCipherSpec", 10],
    ["peer misbehaved: InvalidKeyShare", 47],
    ["received fatal alert: HandshakeFailure", undefined],
    ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA ssl/tls alert unknown ca", undefined],
  ];
  for (const [reason, description] of known) {
    assertEquals(descriptionOf(reason), description, reason);
  }
  assertEquals([...alertRecord(48)], [21, 3, 3, 0, 2, 2, 48]);
  return Promise.resolve();
});
