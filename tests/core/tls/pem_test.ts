import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  certificatesIn,
  privateKeyIn,
  readPem,
  writePem,
} from "../../../src/core/tls/pem.ts";
import { test } from "../../harness.ts";

const DER = Uint8Array.from({ length: 100 }, (_, i) => i * 7);
const CERT = writePem("CERTIFICATE", DER);
const KEY = writePem("PRIVATE KEY", DER.subarray(1));

/** Texts that are refused, and what is said of them. */
const BROKEN: readonly (readonly [string, string])[] = [
  [CERT.replace(/-----END.*\n/, ""), "END"],
  [CERT.replace("END CERTIFICATE", "END PRIVATE KEY"), "END"],
  [CERT.replace("-----END", "----END"), "END"],
  [CERT.slice(0, 40) + CERT, "base64"],
  [CERT.slice(0, 40) + "\n" + CERT, "END"],
  [CERT.replace(/-----BEGIN.*\n/, ""), '"END CERTIFICATE" ends nothing'],
  [CERT.replace(/.\n-----END/, "\n-----END"), "base64"],
  [CERT.replace(/\n./, "\n*"), "base64"],
  [CERT.replace(/\n./, "\n="), "base64"],
  [CERT.replace(/==?\n/, "\n"), "base64"],
  // The last bits of a group that is not full count for nothing, and are 0.
  [
    writePem("CERTIFICATE", DER.subarray(0, 1)).replace("AA==", "AB=="),
    "base64",
  ],
  ["-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "base64"],
  ["-----BEGIN CERTIFICATE-----\nAB CD\n-----END CERTIFICATE-----\n", "base64"],
];

test(
  "readPem reads what writePem has written, of every length",
  {},
  async () => {
    for (let length = 1; length <= DER.length; length++) {
      const der = DER.subarray(0, length);
      const text = writePem("X Y", der);
      assertEquals(readPem(text), [{ label: "X Y", encrypted: false, der }]);
      assert(text.split("\n").every((line) => line.length <= 64));
    }
    await Promise.resolve();
  },
);

test(
  "readPem refuses what is not whole, and shows nothing of it",
  {},
  async () => {
    for (const [text, says] of BROKEN) {
      const error = assertThrows(() => readPem(text), Error);
      assert(error.message.includes(says), `${error.message}: ${text}`);
      for (const line of CERT.split("\n").filter((line) => line.length > 30)) {
        if (!line.startsWith("-----")) assert(!error.message.includes(line));
      }
    }
    await Promise.resolve();
  },
);

test("readPem ends in time for long texts", {}, async () => {
  for (
    const piece of ["-----BEGIN ", "-----BEGIN A-----", "-----BEGIN A A", "-"]
  ) {
    for (const end of ["", "\n"]) {
      const text = (piece + end).repeat(50_000);
      try {
        readPem(text);
      } catch (error) {
        assert((error as Error).message.length < 200);
      }
    }
  }
  await Promise.resolve();
});

test(
  "certificatesIn and privateKeyIn take theirs of one text",
  {},
  async () => {
    for (const text of [CERT + KEY, KEY + CERT, `a\n${KEY}b\n${CERT}c`]) {
      assertEquals(certificatesIn(text), [DER]);
      assertEquals(privateKeyIn(text).der, DER.subarray(1));
    }
    assertEquals(certificatesIn(CERT + CERT).length, 2);
    for (const label of ["TRUSTED CERTIFICATE", "X509 CRL"]) {
      const text = CERT + writePem(label, DER);
      assertThrows(() => certificatesIn(text), Error, label);
    }
    assertThrows(() => certificatesIn(KEY), Error, '"PRIVATE KEY"');
    assertThrows(() => privateKeyIn(CERT), Error, '"CERTIFICATE"');
    assertThrows(
      () => privateKeyIn(writePem("OPENSSH PRIVATE KEY", DER)),
      Error,
      "OPENSSH",
    );
    const old = KEY.replace(
      "\n",
      "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES,00\n\n",
    );
    assertThrows(() => privateKeyIn(old), Error, "passphrase");
    await Promise.resolve();
  },
);
