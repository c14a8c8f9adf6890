/**
 * Signatures that are wrong, and algorithms and keys that are too weak.
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
import { leaf, type Order, root } from "../certificate.ts";
import {
  bytes,
  contentOf,
  type Der,
  integer,
  join,
  partsOf,
  sequence,
} from "../der.ts";
import {
  algorithmOf,
  key,
  type KeyKind,
  pss,
  type SignatureName,
} from "../keys.ts";
import {
  descending,
  EVIL_KEY,
  impostor,
  LEAF_KEY,
  lone,
  MIDDLE,
  ROOT,
  UNKNOWN_ROOT,
} from "../parties.ts";

/** Ways to spoil a signature. */
const SPOILED: Readonly<Record<string, Partial<Order>>> = {
  "with another bit": {
    spoil: (signature) =>
      join(signature.slice(0, -1), bytes(signature.at(-1)! ^ 1)),
  },
  "of no bytes": { spoil: () => bytes() },
  "cut short": { spoil: (signature) => signature.slice(0, -2) },
  "of zeros": { spoil: () => sequence(integer(0), integer(0)) },
  "of other content": { forge: (tbs) => changed(tbs) },
  "by another hash than it says": {
    signature: "ecdsa-sha384",
    inner: algorithmOf("ecdsa-sha256"),
    outer: algorithmOf("ecdsa-sha256"),
  },
};

/** Positions in a chain of four, and which intermediate that is. */
const POSITIONS = {
  "leaf": null,
  "lower intermediate": 1,
  "upper intermediate": 0,
} as const;

/** By the key of the issuer, the algorithms that are good. */
const GOOD: readonly (readonly [KeyKind, SignatureName])[] = [
  ["P-256", "ecdsa-sha256"],
  ["P-256", "ecdsa-sha384"],
  ["P-256", "ecdsa-sha512"],
  ["P-384", "ecdsa-sha256"],
  ["P-384", "ecdsa-sha384"],
  ["P-384", "ecdsa-sha512"],
  ["P-521", "ecdsa-sha512"],
  ["RSA-2048", "rsa-sha256"],
  ["RSA-2048", "rsa-sha384"],
  ["RSA-2048", "rsa-sha512"],
  ["RSA-2048", "pss-sha256"],
  ["RSA-2048", "pss-sha384"],
  ["RSA-2048", "pss-sha512"],
  ["RSA-3072", "rsa-sha256"],
  ["Ed25519", "Ed25519"],
];

const WEAK: readonly (readonly [KeyKind, SignatureName])[] = [
  ["RSA-2048", "rsa-md5"],
  ["RSA-2048", "rsa-sha1"],
  ["RSA-2048", "rsa-sha224"],
  ["RSA-2048", "pss-sha1"],
  ["P-256", "ecdsa-sha1"],
  ["RSA-512", "rsa-sha256"],
  ["RSA-1024", "rsa-sha256"],
  ["RSA-2040", "rsa-sha256"],
  ["RSA-1024", "pss-sha256"],
  ["secp256k1", "ecdsa-sha256"],
  ["P-224", "ecdsa-sha256"],
  ["Ed448", "Ed448"],
];

export function signatureCases(): ChainCase[] {
  return [
    ...rule(
      "RFC 5280 §6.1.3 (a) (1)",
      ...spoiledCases(),
      ...strangers(),
      ...forgedKeys(),
    ),
    ...rule("signature algorithms", ...algorithmCases()),
    ...rule("public keys", ...keyCases()),
  ];
}

function spoiledCases(): Draft[] {
  return [
    accept("leaf below two intermediates", descending(ROOT, [{}, {}])),
    ...Object.entries(SPOILED).flatMap(([what, order]) =>
      Object.entries(POSITIONS).map(([position, index]) => {
        const chain = index === null
          ? descending(ROOT, [{}, {}], order)
          : descending(ROOT, [0, 1].map((at) => at === index ? order : {}));
        return refuse(`${position} with a signature ${what}`, chain);
      })
    ),
    accept(
      "leaf with a signature whose s is the greater one",
      lone({
        spoil: otherS,
      }),
      { why: "both are right: X9.62 does not choose" },
    ),
  ];
}

/** Keys of every kind in intermediates that the root has not issued. */
function forgedKeys(): Draft[] {
  const kinds = [...new Set([...GOOD, ...WEAK].map(([kind]) => kind))];
  const forger = impostor(ROOT);
  return kinds.map((kind) =>
    refuse(
      `forged intermediate with a key of ${kind}`,
      descending(forger, [{ key: key(kind, "middle") }]),
    )
  );
}

function strangers(): Draft[] {
  const stranger = root({ subject: "Good Root", key: EVIL_KEY });
  const forger = impostor(MIDDLE);
  return [
    refuse("leaf signed by an unknown root", [
      leaf({ by: UNKNOWN_ROOT, key: LEAF_KEY }),
    ]),
    refuse("leaf signed by an unknown root, which comes along", [
      leaf({ by: UNKNOWN_ROOT, key: LEAF_KEY }),
      UNKNOWN_ROOT,
    ]),
    refuse("leaf signed by another root of the same name", [
      leaf({ by: stranger, key: LEAF_KEY }),
    ]),
    refuse("leaf signed by another root of the same name, which comes along", [
      leaf({ by: stranger, key: LEAF_KEY }),
      stranger,
    ]),
    refuse("leaf signed in the name of an intermediate that comes along", [
      leaf({ by: forger, key: EVIL_KEY }),
      MIDDLE,
    ]),
    refuse("leaf whose issuer is missing", [
      leaf({ by: MIDDLE, key: LEAF_KEY }),
    ]),
    refuse("leaf that signed itself", [
      leaf({ by: "self", key: LEAF_KEY }),
    ]),
    refuse("leaf that signed itself in the root's name", [
      leaf({ by: "self", key: EVIL_KEY, subject: ROOT.subject }),
    ]),
    refuse("leaf that signed itself, with the root behind it", [
      leaf({ by: "self", key: LEAF_KEY }),
      ROOT,
    ]),
    refuse("leaf signed by the key of its own", [
      leaf({
        by: { ...ROOT, key: LEAF_KEY },
        key: LEAF_KEY,
      }),
    ]),
  ];
}

function algorithmCases(): Draft[] {
  const chain = (kind: KeyKind, signature: SignatureName) => {
    const top = root({ subject: `${kind} Root`, key: key(kind, "root") });
    return [[leaf({ by: top, key: LEAF_KEY, signature })], [top]] as const;
  };
  const middle = (kind: KeyKind, signature: SignatureName) =>
    descending(ROOT, [{ key: key(kind, "middle") }], { signature });
  const old = (signature: SignatureName, kind: KeyKind) =>
    root({ subject: "Old Root", key: key(kind, "old root"), signature });
  const belowOld = (signature: SignatureName, kind: KeyKind): Draft => {
    const top = old(signature, kind);
    return accept(`root that signed itself with ${signature}`, [
      leaf({ by: top, key: LEAF_KEY }),
    ], { anchors: [top], why: "the signature of an anchor proves nothing" });
  };
  const broken = root({
    subject: "Broken Root",
    key: key("P-256", "broken root"),
    ...SPOILED["with another bit"],
  });
  const rsa = root({ subject: "PSS Root", key: key("RSA-2048", "root") });
  const lie = (parameters: Der) => {
    const algorithm = algorithmOf("pss-sha256", parameters);
    return [leaf({
      by: rsa,
      key: LEAF_KEY,
      signature: "pss-sha256",
      inner: algorithm,
      outer: algorithm,
    })];
  };
  return [
    ...GOOD.map(([kind, signature]) => {
      const [sent, anchors] = chain(kind, signature);
      return accept(`leaf signed by ${kind} with ${signature}`, sent, {
        anchors,
      });
    }),
    ...WEAK.flatMap(([kind, signature]) => {
      const [sent, anchors] = chain(kind, signature);
      return [
        refuse(`leaf signed by a root of ${kind} with ${signature}`, sent, {
          anchors,
        }),
        refuse(
          `leaf signed by an intermediate of ${kind} with ${signature}`,
          middle(kind, signature),
        ),
      ];
    }),
    belowOld("rsa-sha1", "RSA-2048"),
    belowOld("rsa-md5", "RSA-2048"),
    belowOld("ecdsa-sha1", "P-256"),
    accept("root whose own signature is wrong", [
      leaf({ by: broken, key: LEAF_KEY }),
    ], { anchors: [broken], why: "the signature of an anchor proves nothing" }),
    accept("leaf signed with SHA-256 below a root of SHA-1 that comes along", [
      leaf({ by: old("rsa-sha1", "RSA-2048"), key: LEAF_KEY }),
      old("rsa-sha1", "RSA-2048"),
    ], { anchors: [old("rsa-sha1", "RSA-2048")] }),
    refuse("leaf with RSASSA-PSS that names another hash", lie(pss("sha384"))),
    refuse(
      "leaf with RSASSA-PSS that names another salt length",
      lie(pss("sha256", { salt: 20 })),
      { anchors: [rsa] },
    ),
    refuse(
      "leaf with RSASSA-PSS without parameters",
      lie(sequence()),
      { anchors: [rsa], why: "that means SHA-1" },
    ),
  ];
}

function keyCases(): Draft[] {
  const kinds: readonly KeyKind[] = [
    "P-256",
    "P-384",
    "P-521",
    "RSA-2048",
    "RSA-3072",
  ];
  const weak: readonly KeyKind[] = ["RSA-1024", "RSA-2040", "P-224"];
  const [algorithm, bits] = partsOf(LEAF_KEY.spki);
  const point = contentOf(bits).slice(1);
  const compressed = sequence(
    algorithm,
    (() => {
      const x = point.slice(1, 33);
      return join(
        bytes(3, 34, 0),
        bytes(2 + (point.at(-1)! & 1)),
        x,
      );
    })(),
  );
  const rsa = key("RSA-2048", "leaf");
  return [
    ...kinds.map((kind) =>
      accept(`leaf with a key of ${kind}`, lone({ key: key(kind, "leaf") }))
    ),
    open("leaf with a key of Ed25519", lone({ key: key("Ed25519", "leaf") }), {
      why: "not every TLS library signs handshakes with it",
    }),
    ...weak.map((kind) =>
      refuse(`leaf with a key of ${kind}`, lone({ key: key(kind, "leaf") }))
    ),
    refuse(
      "leaf with a key of secp256k1",
      lone({ key: key("secp256k1", "leaf") }),
      { key: LEAF_KEY },
    ),
    refuse("leaf with a key of Ed448", lone({ key: key("Ed448", "leaf") }), {
      key: LEAF_KEY,
    }),
    open(
      "leaf with a key for RSASSA-PSS alone",
      lone({
        key: key("RSA-PSS-2048", "leaf"),
      }),
      { why: "not every TLS library has it" },
    ),
    open("leaf with a compressed point", lone({ spki: compressed }), {
      why: "RFC 5480 §2.2 leaves it to the verifier",
    }),
    open(
      "leaf with a key of RSA without NULL",
      lone({
        key: rsa,
        spki: sequence(
          sequence(partsOf(partsOf(rsa.spki)[0])[0]),
          partsOf(rsa.spki)[1],
        ),
      }),
      { why: "RFC 3279 §2.3.1 asks for it, and not every verifier does" },
    ),
  ];
}

/** The tbsCertificate with another subject. */
function changed(tbs: Der): Der {
  return Uint8Array.from(
    tbs,
    (byte, index) => index === tbs.length - 1 ? byte ^ 1 : byte,
  );
}

/** A signature of P-256 with the other of the two right values for s. */
function otherS(signature: Der): Der {
  const order =
    0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const [r, s] = partsOf(signature);
  const value = contentOf(s).reduce(
    (all, byte) => all * 256n + BigInt(byte),
    0n,
  );
  const digits = (order - value).toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const octets = Uint8Array.from(
    even.match(/../g)!,
    (pair) => parseInt(pair, 16),
  );
  return sequence(
    r,
    join(
      bytes(2, octets.length + (octets[0] >> 7)),
      octets[0] > 0x7f ? bytes(0) : bytes(),
      octets,
    ),
  );
}
