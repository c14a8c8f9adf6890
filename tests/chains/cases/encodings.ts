/**
 * Certificates whose bytes are not as they should be.
 *
 * @module
 */
import { accept, type ChainCase, open, refuse, rule } from "../case.ts";
import { type Order, root } from "../certificate.ts";
import {
  bitString,
  bytes,
  contentOf,
  type Der,
  element,
  explicit,
  hex,
  implicit,
  indefiniteElement,
  integer,
  join,
  longElement,
  NULL,
  octetString,
  oid,
  partsOf,
  sequence,
  set,
  TAG,
  utf8String,
} from "../der.ts";
import { basicConstraints, EXTENSION, unknown } from "../extensions.ts";
import { algorithmOf, key } from "../keys.ts";
import { commonName } from "../names.ts";
import {
  below,
  belowForged,
  forged,
  LEAF_KEY,
  lone,
  ROOT,
} from "../parties.ts";
import { leaf } from "../certificate.ts";

/** What DER or RFC 5280 rules out, by what is wrong. */
const BROKEN: Readonly<Record<string, Partial<Order>>> = {
  "a length longer than needed": {
    finish: (der) => longElement(TAG.sequence, contentOf(der)),
  },
  "an indefinite length": {
    finish: (der) => indefiniteElement(TAG.sequence, contentOf(der)),
  },
  "a byte behind its end": { finish: (der) => join(der, bytes(0)) },
  "another certificate behind its end": {
    finish: (der) => join(der, ROOT.der),
  },
  "its last byte missing": { finish: (der) => der.slice(0, -1) },
  "no bytes": { finish: () => bytes() },
  "an empty SEQUENCE": { finish: () => sequence() },
  "a fourth element": {
    finish: (der) => sequence(contentOf(der), NULL),
  },
  "signed content of a length longer than needed": {
    alter: (tbs) => longElement(TAG.sequence, contentOf(tbs)),
  },
  "signed content of indefinite length": {
    alter: (tbs) => indefiniteElement(TAG.sequence, contentOf(tbs)),
  },
  "an element behind its extensions": { tail: NULL },
  "its extensions twice": {
    tail: explicit(3, sequence(basicConstraints(false))),
  },
  "an empty list of extensions": { only: [] },
  "a serial number of no octets": { serial: element(TAG.integer) },
  "a serial number that is not minimal": {
    serial: element(TAG.integer, bytes(0, 0, 1)),
  },
  "a serial number that is an OCTET STRING": {
    serial: octetString(bytes(1)),
  },
  "an algorithm outside that is not the one inside": {
    outer: algorithmOf("ecdsa-sha384"),
  },
  "an algorithm inside that is not the one outside": {
    inner: algorithmOf("ecdsa-sha384"),
  },
  "an algorithm of no known number": {
    inner: sequence(oid("1.3.6.1.4.1.99999.2")),
    outer: sequence(oid("1.3.6.1.4.1.99999.2")),
  },
  "an extension whose criticality is 01": {
    more: [
      sequence(
        oid(EXTENSION.unknown),
        element(TAG.boolean, bytes(1)),
        octetString(sequence()),
      ),
    ],
  },
  "an extension without content": {
    more: [sequence(oid(EXTENSION.unknown))],
  },
  "an extension with a fourth element": {
    more: [
      sequence(oid(EXTENSION.unknown), octetString(sequence()), NULL),
    ],
  },
  "an extension that is no SEQUENCE": { more: [octetString(bytes(1))] },
  "an object identifier that is not minimal": {
    more: [
      sequence(
        element(TAG.oid, hex("2b 80 06")),
        octetString(sequence()),
      ),
    ],
  },
  "a signature with unused bits": {
    wrap: (signature) => bitString(signature, 1),
  },
  "a signature that is an OCTET STRING": { wrap: octetString },
  "a signature with a byte behind it": {
    spoil: (signature) => join(signature, bytes(0)),
  },
  "a signature of BER": {
    spoil: (signature) => longElement(TAG.sequence, contentOf(signature)),
  },
  "a public key with unused bits": { spki: spkiWith((bits) => bits, 1) },
  "a public key with a byte behind it": {
    spki: spkiWith((bits) => join(bits, bytes(0))),
  },
  "a public key off its curve": {
    spki: spkiWith((bits) => join(bits.slice(0, -1), bytes(bits.at(-1)! ^ 1))),
  },
  "a public key at infinity": { spki: spkiWith(() => bytes(0)) },
  "a public key of a curve of no known number": {
    spki: sequence(
      sequence(oid("1.2.840.10045.2.1"), oid("1.3.132.0.99")),
      partsOf(LEAF_KEY.spki)[1],
    ),
  },
  "a public key of a curve that is not named": {
    spki: sequence(
      sequence(oid("1.2.840.10045.2.1")),
      partsOf(LEAF_KEY.spki)[1],
    ),
  },
  "a public key of no known algorithm": {
    spki: sequence(
      sequence(oid("1.3.6.1.4.1.99999.3")),
      partsOf(LEAF_KEY.spki)[1],
    ),
  },
  "a subject that is no SEQUENCE": { subject: utf8String("leaf") },
  "a subject of broken UTF-8": {
    subject: sequence(
      set(sequence(oid("2.5.4.3"), element(TAG.utf8String, bytes(0xff)))),
    ),
  },
  "a subject with an empty SET": { subject: sequence(set()) },
};

/** What verifiers differ about, and none is wrong to. */
const DOUBTFUL: Readonly<Record<string, Partial<Order>>> = {
  "serial number 0": { serial: integer(0) },
  "a negative serial number": {
    serial: element(TAG.integer, bytes(0x80, 1)),
  },
  "a serial number of 21 octets": {
    serial: element(TAG.integer, new Uint8Array(21).fill(0x11)),
  },
  "parameters of ECDSA": {
    inner: algorithmOf("ecdsa-sha256", NULL),
    outer: algorithmOf("ecdsa-sha256", NULL),
  },
  "an extension whose criticality FALSE is written out": {
    more: [
      sequence(
        oid(EXTENSION.unknown),
        element(TAG.boolean, bytes(0)),
        octetString(sequence()),
      ),
    ],
  },
  "a subject with a country of three letters": {
    subject: sequence(
      set(sequence(
        oid("2.5.4.6"),
        element(TAG.printableString, bytes(0x41, 0x42, 0x43)),
      )),
    ),
  },
  "unique identifiers": {
    uniqueIds: join(
      implicit(1, bytes(0, 1)),
      implicit(2, bytes(0, 2)),
    ),
  },
};

/** What is unusual, but right. */
const RIGHT: Readonly<Record<string, Partial<Order>>> = {
  "a serial number of 20 octets": {
    serial: element(TAG.integer, new Uint8Array(20).fill(0x11)),
  },
  "a serial number with its sign octet": {
    serial: element(TAG.integer, bytes(0, 0x80)),
  },
  "an extension of no known number": { more: [unknown(false)] },
  "a subject of many attributes": {
    subject: sequence(
      ...Array.from(
        { length: 20 },
        (_, index) => contentOf(commonName(`part ${index}`)),
      ),
    ),
  },
};

export function encodingCases(): ChainCase[] {
  const why = "verifiers differ, and trusting it does no harm";
  const broken = Object.entries(BROKEN);
  return [
    ...rule(
      "X.690 §10, RFC 5280 §4.1",
      ...broken.flatMap(([what, order]) => [
        refuse(`leaf with ${what}`, lone(order)),
        refuse(`intermediate with ${what}`, below(order)),
        refuse(`forged leaf with ${what}`, forged(order)),
        refuse(`forged intermediate with ${what}`, belowForged(order)),
      ]),
      ...Object.entries(DOUBTFUL).flatMap(([what, order]) => [
        open(`leaf with ${what}`, lone(order), { why }),
        open(`intermediate with ${what}`, below(order), { why }),
        refuse(`forged leaf with ${what}`, forged(order)),
      ]),
      ...Object.entries(RIGHT).flatMap(([what, order]) => [
        accept(`leaf with ${what}`, lone(order)),
        accept(`intermediate with ${what}`, below(order)),
        refuse(`forged leaf with ${what}`, forged(order)),
      ]),
      ...rsaParameters(),
    ),
  ];
}

/** The public key of leaves, with its bits changed. */
function spkiWith(change: (bits: Der) => Der, unused = 0): Der {
  const [algorithm, bits] = partsOf(LEAF_KEY.spki);
  return sequence(
    algorithm,
    bitString(change(contentOf(bits).slice(1)), unused),
  );
}

function rsaParameters() {
  const why = "RFC 4055 §5 asks for NULL, and many leave it out";
  const authority = root({
    subject: "RSA Root",
    key: key("RSA-2048", "root"),
  });
  const chain = (order: Partial<Order>) => [
    leaf({ by: authority, key: LEAF_KEY, ...order }),
  ];
  const anchors = [authority];
  const none = algorithmOf("rsa-sha256", null);
  return [
    accept("leaf signed with RSA, NULL parameters", chain({}), { anchors }),
    open(
      "leaf signed with RSA, no parameters",
      chain({
        inner: none,
        outer: none,
      }),
      { anchors, why },
    ),
    refuse(
      "leaf signed with RSA, parameters inside alone",
      chain({
        outer: none,
      }),
      { anchors },
    ),
    refuse(
      "leaf signed with RSA, parameters that are a SEQUENCE",
      chain({
        inner: algorithmOf("rsa-sha256", sequence()),
        outer: algorithmOf("rsa-sha256", sequence()),
      }),
      { anchors },
    ),
  ];
}
