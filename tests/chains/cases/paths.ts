/**
 * How an issuer is found: several ways to a root, and none.
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
import { days, intermediate, leaf, type Party, root } from "../certificate.ts";
import {
  element,
  latin1,
  oid,
  sequence,
  set,
  TAG,
  utf8String,
} from "../der.ts";
import { nameConstraints } from "../extensions.ts";
import { key } from "../keys.ts";
import { commonName, dns } from "../names.ts";
import {
  descending,
  EVIL_KEY,
  LEAF_KEY,
  lone,
  MIDDLE,
  MIDDLE_KEY,
  ROOT,
  UNKNOWN_ROOT,
} from "../parties.ts";

export function pathCases(): ChainCase[] {
  return [
    ...rule("RFC 8446 §4.4.2", ...orderCases()),
    ...rule("RFC 4158", ...crossCases(), ...nameCases()),
    ...rule("RFC 4158 §2.4.2", ...boundCases()),
  ];
}

function orderCases(): Draft[] {
  const [one, upper, lower] = (() => {
    const [bottom, low, up] = descending(ROOT, [{}, {}]);
    return [bottom, up, low];
  })();
  const stranger = root({ subject: "Stranger", key: EVIL_KEY });
  return [
    accept("certificates in order", [one, lower, upper]),
    accept("certificates in order, and the root", [one, lower, upper, ROOT]),
    accept("certificates in another order", [one, upper, lower], {
      why: "RFC 8446 §4.4.2 asks clients to be ready for any order",
    }),
    accept("root before its intermediates", [one, ROOT, upper, lower]),
    accept("certificates twice", [one, lower, lower, upper, upper]),
    accept("leaf twice", [one, one, lower, upper]),
    accept("stranger between", [one, stranger, lower, upper]),
    accept("ten strangers behind", [
      one,
      lower,
      upper,
      ...Array.from(
        { length: 10 },
        (_, index) => root({ subject: `Stranger ${index}`, key: EVIL_KEY }),
      ),
    ]),
    refuse("stranger that cannot be parsed", [
      ...lone({}),
      { ...stranger, der: new Uint8Array([0x30, 3, 2, 1]) },
    ]),
    refuse("upper intermediate missing", [one, lower]),
    refuse("lower intermediate missing", [one, upper]),
    refuse("intermediate before the leaf", [upper, one, lower], {
      key: LEAF_KEY,
      why: "the peer's certificate is the first (§4.4.2)",
    }),
  ];
}

/** Intermediates of one name and key that several have issued. */
function crossCases(): Draft[] {
  const other = root({
    subject: "Other Root",
    key: key("P-256", "other root"),
  });
  const middle = (by: Party, order: object = {}) =>
    intermediate({
      by,
      subject: "Good Intermediate",
      key: MIDDLE_KEY,
      ...order,
    });
  const bottom = leaf({ by: MIDDLE, key: LEAF_KEY });
  const lost = middle(UNKNOWN_ROOT);
  const expired = middle(ROOT, { from: days(-9), until: days(-1) });
  const constrained = middle(ROOT, {
    more: [nameConstraints({ excluded: [dns("bank.example")] })],
  });
  const twin = root({ subject: "Good Root", key: key("P-256", "twin root") });
  const renewed = root({ subject: "Good Root", key: ROOT.key });
  const late = root({
    subject: "Good Root",
    key: ROOT.key,
    from: days(-9),
    until: days(-1),
  });
  const crossed = intermediate({
    by: UNKNOWN_ROOT,
    subject: ROOT.subject,
    key: ROOT.key,
  });
  return [
    accept("unknown way before a good one", [bottom, lost, MIDDLE]),
    accept("unknown way behind a good one", [bottom, MIDDLE, lost]),
    accept("expired way before a good one", [bottom, expired, MIDDLE]),
    accept("expired way behind a good one", [bottom, MIDDLE, expired]),
    refuse("expired way alone", [bottom, expired]),
    refuse("expired way and an unknown one", [bottom, expired, lost]),
    open("constrained way before a good one", [bottom, constrained, MIDDLE], {
      why: "OpenSSL takes constraints as final once a way is built",
    }),
    accept("constrained way behind a good one", [bottom, MIDDLE, constrained]),
    refuse("constrained way alone", [bottom, constrained]),
    accept("two roots that issued one intermediate", [
      bottom,
      middle(other),
      MIDDLE,
    ], { anchors: [ROOT, other] }),
    accept("cross-certificate of the trusted root for an unknown one", [
      leaf({ by: UNKNOWN_ROOT, key: LEAF_KEY }),
      intermediate({ by: ROOT, subject: UNKNOWN_ROOT.subject, key: EVIL_KEY }),
    ]),
    accept("cross-certificate for the trusted root itself", [
      bottom,
      MIDDLE,
      crossed,
    ], { why: "the root is trusted, whatever else issued it" }),
    accept("cross-certificate for the root, and the unknown root", [
      bottom,
      MIDDLE,
      crossed,
      UNKNOWN_ROOT,
    ]),
    accept("two roots of one name, the right one first", [bottom, MIDDLE], {
      anchors: [ROOT, twin],
    }),
    accept("two roots of one name, the right one last", [bottom, MIDDLE], {
      anchors: [twin, ROOT],
    }),
    refuse("another root of the same name", [bottom, MIDDLE], {
      anchors: [twin],
    }),
    accept("root with another certificate of the same key", [bottom, MIDDLE], {
      anchors: [renewed],
    }),
    accept("expired root before a renewed one", [bottom, MIDDLE], {
      anchors: [late, renewed],
    }),
    accept("expired root behind a renewed one", [bottom, MIDDLE], {
      anchors: [renewed, late],
    }),
    refuse("expired root alone, the renewed one comes along", [
      bottom,
      MIDDLE,
      renewed,
    ], { anchors: [late] }),
    accept("expired root comes along, the renewed one is trusted", [
      bottom,
      MIDDLE,
      late,
    ], { anchors: [renewed] }),
    accept("intermediate whose key was renewed, the old one first", [
      bottom,
      intermediate({
        by: ROOT,
        subject: "Good Intermediate",
        key: key("P-256", "older intermediate"),
      }),
      MIDDLE,
    ]),
  ];
}

/** Issuers are found by their names, as bytes or as text. */
function nameCases(): Draft[] {
  const printable = sequence(set(sequence(
    oid("2.5.4.3"),
    element(TAG.printableString, latin1("Good Root")),
  )));
  const why = "RFC 5280 §7.1 compares text, many compare bytes";
  const empty = root({
    subject: sequence(),
    key: key("P-256", "nameless root"),
  });
  return [
    open("issuer in another string type", lone({ issuer: printable }), { why }),
    open("issuer in other case", lone({ issuer: commonName("GOOD ROOT") }), {
      why,
    }),
    open(
      "issuer with more blanks",
      lone({ issuer: commonName("Good  Root") }),
      {
        why,
      },
    ),
    refuse(
      "issuer of another name, the right key",
      lone({
        issuer: commonName("Bad Root"),
      }),
    ),
    refuse(
      "issuer with one attribute more",
      lone({
        issuer: sequence(
          set(sequence(oid("2.5.4.3"), utf8String("Good Root"))),
          set(sequence(oid("2.5.4.10"), utf8String("x"))),
        ),
      }),
    ),
    refuse("issuer that is empty", lone({ issuer: sequence() })),
    open("root without a name", [leaf({ by: empty, key: LEAF_KEY })], {
      anchors: [empty],
      why: "RFC 5280 §4.1.2.4 asks for a name, verifiers differ",
    }),
  ];
}

/** Ways that never end, or are too many. */
function boundCases(): Draft[] {
  const a = key("P-256", "loop a");
  const b = key("P-256", "loop b");
  const named = (subject: string, which: typeof a): Party =>
    root({ subject, key: which });
  const loopA = intermediate({ by: named("B", b), subject: "A", key: a });
  const loopB = intermediate({ by: named("A", a), subject: "B", key: b });
  const bottom = leaf({ by: loopA, key: LEAF_KEY });
  const out = intermediate({ by: ROOT, subject: "B", key: b });
  return [
    refuse("two intermediates that issued each other", [
      bottom,
      loopA,
      loopB,
    ]),
    accept("two that issued each other, and a way out", [
      bottom,
      loopA,
      loopB,
      out,
    ]),
    refuse("intermediate that issued itself", [
      leaf({ by: named("A", a), key: LEAF_KEY }),
      named("A", a),
    ]),
    ...[2, 3, 4, 5, 6].map((length) =>
      accept(
        `chain of ${length} intermediates`,
        descending(ROOT, Array(length).fill({})),
      )
    ),
    ...[7, 8, 9, 10, 12, 20].map((length) =>
      open(
        `chain of ${length} intermediates`,
        descending(ROOT, Array(length).fill({})),
        { why: "verifiers bound the length differently" },
      )
    ),
    refuse("many intermediates of one name and key, and no root", [
      leaf({ by: MIDDLE, key: LEAF_KEY }),
      ...bomb(40, 1),
    ]),
    refuse("many intermediates that issued each other, and no root", [
      leaf({ by: named("Bomb 0", a), key: LEAF_KEY }),
      ...web(6),
    ]),
    refuse("ten layers of five, each below the next, and no root", [
      leaf({ by: named("Layer 0", a), key: LEAF_KEY }),
      ...layers(10, 5),
    ]),
    open("many intermediates of one name and key before the good one", [
      leaf({ by: MIDDLE, key: LEAF_KEY }),
      ...bomb(20, 1),
      MIDDLE,
    ], { why: "how many ways are tried is bounded" }),
    accept("four ways before the good one", [
      leaf({ by: MIDDLE, key: LEAF_KEY }),
      ...bomb(4, 1),
      MIDDLE,
    ]),
  ];
}

/** Intermediates of the good one's name and key, issued by unknown roots. */
function bomb(count: number, seed: number): Party[] {
  return Array.from({ length: count }, (_, index) =>
    intermediate({
      by: root({ subject: `Unknown ${seed} ${index}`, key: EVIL_KEY }),
      subject: "Good Intermediate",
      key: MIDDLE_KEY,
    }));
}

/** Each of some intermediates issued by each. */
function web(count: number): Party[] {
  const a = key("P-256", "loop a");
  const parties = Array.from(
    { length: count },
    (_, index) => root({ subject: `Bomb ${index}`, key: a }),
  );
  return parties.flatMap((by) =>
    parties.filter((party) => party !== by)
      .map(({ subject }) => intermediate({ by, subject, key: a }))
  );
}

/** Layers whose certificates are all issued by the next, by each of several keys' names. */
function layers(depth: number, width: number): Party[] {
  const a = key("P-256", "loop a");
  return Array.from({ length: depth }, (_, layer) => {
    const by = root({ subject: `Layer ${layer + 1}`, key: a });
    return Array.from(
      { length: width },
      () => intermediate({ by, subject: `Layer ${layer}`, key: a }),
    );
  }).flat();
}
