/**
 * Who may issue certificates: basicConstraints, keyUsage and path lengths.
 *
 * @module
 */
import {
  accept,
  type ChainCase,
  type Draft,
  open,
  refuse,
  rule,
} from "../case.ts";
import { intermediate, leaf, type Order, root } from "../certificate.ts";
import {
  bitString,
  boolean,
  bytes,
  type Der,
  element,
  integer,
  NULL,
  sequence,
  TAG,
} from "../der.ts";
import {
  basicConstraints,
  EXTENSION,
  extension,
  keyUsage,
} from "../extensions.ts";
import { key } from "../keys.ts";
import {
  below,
  belowForged,
  descending,
  forged,
  LEAF_KEY,
  lone,
  MIDDLE_KEY,
  ROOT,
} from "../parties.ts";

const ANCHOR = "an anchor is what is in caCerts and is a CA";

export function authorityCases(): ChainCase[] {
  return [
    ...rule("RFC 5280 §4.2.1.9", ...basicCases(), ...brokenBasicCases()),
    ...rule("RFC 5280 §4.2.1.9, pathLenConstraint", ...lengthCases()),
    ...rule("RFC 5280 §4.2.1.3", ...usageCases()),
  ];
}

/** An extension basicConstraints of any content. */
function basic(content: Uint8Array, critical = true): Partial<Order> {
  return {
    extensions: {
      basicConstraints: extension(
        EXTENSION.basicConstraints,
        critical,
        content,
      ),
    },
  };
}

function basicCases(): Draft[] {
  const without = { extensions: { basicConstraints: null } };
  const notCa = { extensions: { basicConstraints: basicConstraints(false) } };
  const anchored = (order: Partial<Order>) => {
    const top = root({
      subject: "Odd Root",
      key: key("P-256", "odd root"),
      ...order,
    });
    return [[leaf({ by: top, key: LEAF_KEY })], [top]] as const;
  };
  const lacking = anchored(without);
  const denying = anchored(notCa);
  const lax = anchored({
    extensions: {
      basicConstraints: basicConstraints(true, { critical: false }),
    },
  });
  const issuer = leaf({ by: ROOT, key: MIDDLE_KEY, names: ["evil.example"] });
  return [
    accept("leaf without basicConstraints", lone(without)),
    accept(
      "leaf with basicConstraints that are not critical",
      lone({
        extensions: {
          basicConstraints: basicConstraints(false, { critical: false }),
        },
      }),
    ),
    accept(
      "leaf with CA FALSE written out",
      lone(basic(sequence(boolean(false)))),
      {
        why: "X.690 §11.5 leaves it out, but many authorities do not",
      },
    ),
    open(
      "leaf that is a CA",
      lone({
        extensions: { basicConstraints: basicConstraints(true) },
      }),
      { why: "RFC 5280 does not rule it out" },
    ),
    refuse("intermediate without basicConstraints", below(without)),
    refuse("intermediate with CA FALSE", below(notCa)),
    refuse(
      "intermediate with CA FALSE written out",
      below(basic(sequence(boolean(false)))),
    ),
    open(
      "intermediate with basicConstraints that are not critical",
      below({
        extensions: {
          basicConstraints: basicConstraints(true, { critical: false }),
        },
      }),
      { why: "RFC 5280 §4.2.1.9 asks it of authorities, not of verifiers" },
    ),
    refuse("leaf signed by a leaf", [
      leaf({ by: issuer, key: LEAF_KEY }),
      issuer,
    ]),
    refuse("leaf signed by a leaf below an intermediate", [
      ...descending(ROOT, [{}, {
        extensions: {
          basicConstraints: basicConstraints(false),
          keyUsage: keyUsage("digitalSignature"),
        },
      }]),
    ]),
    refuse("root without basicConstraints", lacking[0], {
      anchors: lacking[1],
      why: ANCHOR,
    }),
    refuse("root with CA FALSE", denying[0], {
      anchors: denying[1],
      why: ANCHOR,
    }),
    open("root with basicConstraints that are not critical", lax[0], {
      anchors: lax[1],
      why: "RFC 5280 §4.2.1.9 asks it of authorities, not of verifiers",
    }),
  ];
}

/** Contents of basicConstraints that say nothing, for a CA and for a leaf. */
const BROKEN: Readonly<Record<string, (ca: boolean) => Der>> = {
  "of no bytes": () => bytes(),
  "with a byte too many": () => bytes(0x30, 0, 0),
  "with an element too many": (ca) => sequence(boolean(ca), integer(1), NULL),
  "whose CA is 01": () => sequence(element(TAG.boolean, bytes(1))),
  "whose CA has two octets": () => sequence(element(TAG.boolean, bytes(1, 1))),
  "whose CA is an INTEGER": () => sequence(integer(1), integer(1)),
  "with pathLen -1": () =>
    sequence(boolean(true), element(TAG.integer, bytes(0xff))),
  "with pathLen of no octets": () =>
    sequence(boolean(true), element(TAG.integer)),
  "with pathLen that is not minimal": () =>
    sequence(boolean(true), element(TAG.integer, bytes(0, 1))),
  "that are a SET": (ca) => element(TAG.set, boolean(ca)),
};

function brokenBasicCases(): Draft[] {
  return Object.entries(BROKEN).flatMap(([what, content]) => [
    refuse(`leaf with basicConstraints ${what}`, lone(basic(content(false)))),
    refuse(
      `intermediate with basicConstraints ${what}`,
      below(basic(content(true))),
    ),
    refuse(
      `forged leaf with basicConstraints ${what}`,
      forged(basic(content(false))),
    ),
    refuse(
      `forged intermediate with basicConstraints ${what}`,
      belowForged(basic(content(true))),
    ),
  ]);
}

function lengthCases(): Draft[] {
  const limited = (pathLen: number): Partial<Order> => ({
    extensions: { basicConstraints: basicConstraints(true, { pathLen }) },
  });
  const rootOf = (pathLen: number) =>
    root({
      subject: `Root of ${pathLen}`,
      key: key("P-256", `root of ${pathLen}`),
      ...limited(pathLen),
    });
  /** How many intermediates are below what is limited, and what becomes of it. */
  const depths = [0, 1, 2].flatMap((pathLen) =>
    [0, 1, 2, 3].map((depth) => ({ pathLen, depth }))
  );
  return [
    ...depths.map(({ pathLen, depth }) => {
      const verdict = depth <= pathLen ? accept : refuse;
      return verdict(
        `intermediate of pathLen ${pathLen} above ${depth} others`,
        descending(ROOT, [limited(pathLen), ...Array(depth).fill({})]),
      );
    }),
    ...depths.map(({ pathLen, depth }) => {
      const verdict = depth <= pathLen ? accept : refuse;
      const top = rootOf(pathLen);
      return verdict(
        `root of pathLen ${pathLen} above ${depth} intermediates`,
        descending(top, Array(depth).fill({})),
        { anchors: [top] },
      );
    }),
    accept(
      "intermediate of pathLen 1 below one of pathLen 5",
      descending(ROOT, [limited(5), limited(1), {}]),
    ),
    refuse(
      "intermediate of pathLen 5 below one of pathLen 0",
      descending(ROOT, [limited(0), limited(5)]),
    ),
    accept(
      "intermediate of pathLen 2^31 - 1",
      descending(ROOT, [limited(2 ** 31 - 1)]),
    ),
    open("leaf with pathLen and CA FALSE", lone(basic(sequence(integer(0)))), {
      why: "RFC 5280 §4.2.1.9 asks it of authorities, not of verifiers",
    }),
    ...selfIssued(limited),
  ];
}

/** Certificates whose subject is their issuer do not count, unless they are the leaf. */
function selfIssued(limited: (pathLen: number) => Partial<Order>): Draft[] {
  const rolled = (pathLen: number, times: number) => {
    let by = intermediate({
      by: ROOT,
      subject: "Rolling",
      key: key("P-256", "rolling 0"),
      ...limited(pathLen),
    });
    const chain = [by];
    for (let turn = 1; turn <= times; turn++) {
      by = intermediate({
        by,
        subject: "Rolling",
        key: key("P-256", `rolling ${turn}`),
      });
      chain.unshift(by);
    }
    return { by, chain };
  };
  const once = rolled(0, 1);
  const twice = rolled(0, 2);
  const further = intermediate({
    by: once.by,
    subject: "Further",
    key: MIDDLE_KEY,
  });
  return [
    accept("intermediate of pathLen 0 above one that is self-issued", [
      leaf({ by: once.by, key: LEAF_KEY }),
      ...once.chain,
    ], { why: "self-issued certificates do not count (§6.1.4 (l))" }),
    accept("intermediate of pathLen 0 above two that are self-issued", [
      leaf({ by: twice.by, key: LEAF_KEY }),
      ...twice.chain,
    ], { why: "self-issued certificates do not count (§6.1.4 (l))" }),
    refuse("intermediate of pathLen 0 above a self-issued one and another", [
      leaf({ by: further, key: LEAF_KEY }),
      further,
      ...once.chain,
    ]),
    open("leaf that is self-issued below pathLen 0", [
      leaf({ by: once.by, key: LEAF_KEY, subject: "Rolling" }),
      ...once.chain,
    ], { why: "its issuer is found by its name, which is also its own" }),
  ];
}

function usageCases(): Draft[] {
  const using = (usage: Der | null): Partial<Order> => ({
    extensions: { keyUsage: usage },
  });
  const raw = (content: Uint8Array) =>
    using(extension(EXTENSION.keyUsage, true, content));
  const anchored = (usage: Der | null) => {
    const top = root({
      subject: "Using Root",
      key: key("P-256", "using root"),
      ...using(usage),
    });
    return [[leaf({ by: top, key: LEAF_KEY })], [top]] as const;
  };
  const silent = anchored(null);
  const other = anchored(keyUsage("cRLSign"));
  return [
    accept("leaf without keyUsage", lone(using(null))),
    accept(
      "leaf of digitalSignature and keyEncipherment",
      lone(
        using(keyUsage("digitalSignature", "keyEncipherment")),
      ),
    ),
    open(
      "leaf of keyEncipherment alone",
      lone(using(keyUsage("keyEncipherment"))),
      {
        why:
          "it serves RSA key exchange alone, which not every verifier looks at",
      },
    ),
    open("leaf of keyCertSign alone", lone(using(keyUsage("keyCertSign"))), {
      why: "it may not sign handshakes, which not every verifier looks at",
    }),
    open("leaf of keyAgreement alone", lone(using(keyUsage("keyAgreement"))), {
      why: "OpenSSL takes it for servers, others do not look at it",
    }),
    refuse("intermediate of cRLSign alone", below(using(keyUsage("cRLSign")))),
    refuse(
      "intermediate of digitalSignature alone",
      below(using(keyUsage("digitalSignature"))),
    ),
    accept(
      "intermediate of keyCertSign alone",
      below(using(keyUsage("keyCertSign"))),
    ),
    open("intermediate without keyUsage", below(using(null)), {
      why:
        "RFC 5280 §4.2.1.3 asks it of authorities; §6.1.4 (n) minds it if present",
    }),
    open("root without keyUsage", silent[0], {
      anchors: silent[1],
      why: "RFC 5280 §6.1.4 (n) minds it if present",
    }),
    refuse("root of cRLSign alone", other[0], { anchors: other[1] }),
    refuse("intermediate whose keyUsage is an INTEGER", below(raw(integer(4)))),
    refuse(
      "intermediate whose keyUsage has 9 unused bits",
      below(raw(bitString(bytes(4), 9))),
    ),
    refuse(
      "intermediate whose keyUsage has a byte too many",
      below(
        raw(bytes(3, 2, 2, 4, 0)),
      ),
    ),
    refuse(
      "intermediate whose keyUsage has no bits",
      below(
        raw(bitString(bytes())),
      ),
    ),
    refuse("leaf whose keyUsage is an INTEGER", lone(raw(integer(128)))),
    refuse(
      "forged leaf whose keyUsage is an INTEGER",
      forged(raw(integer(128))),
    ),
    refuse(
      "forged intermediate whose keyUsage is an INTEGER",
      belowForged(raw(integer(4))),
    ),
  ];
}
