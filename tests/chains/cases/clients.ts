/**
 * Certificates of clients.
 *
 * @module
 */
import {
  accept,
  type ChainCase,
  type Circumstances,
  type Draft,
  open,
  refuse,
  rule,
} from "../case.ts";
import {
  clientLeaf,
  days,
  intermediate,
  leaf,
  type Order,
  type Party,
  root,
} from "../certificate.ts";
import { bytes, element, explicit, TAG } from "../der.ts";
import {
  basicConstraints,
  EXTENSION,
  extension,
  extKeyUsage,
  keyUsage,
  nameConstraints,
  unknown,
} from "../extensions.ts";
import { key } from "../keys.ts";
import { distinguishedName, dns } from "../names.ts";
import {
  EVIL_KEY,
  impostor,
  LEAF_KEY,
  MIDDLE,
  MIDDLE_KEY,
  ROOT,
  UNKNOWN_ROOT,
} from "../parties.ts";

function client(order: Partial<Order> = {}): Party[] {
  return [clientLeaf({ by: ROOT, key: LEAF_KEY, ...order })];
}

function below(order: Partial<Order>): Party[] {
  const middle = intermediate({
    by: ROOT,
    subject: "Client Authority",
    key: MIDDLE_KEY,
    ...order,
  });
  return [clientLeaf({ by: middle, key: LEAF_KEY }), middle];
}

function forged(order: Partial<Order>): Party[] {
  return [clientLeaf({ key: EVIL_KEY, ...order, by: impostor(ROOT) })];
}

function belowForged(order: Partial<Order>): Party[] {
  const { key = EVIL_KEY } = order;
  const real = intermediate({ by: ROOT, subject: "Mallory", key });
  const made = intermediate({
    subject: "Mallory",
    key,
    ...order,
    by: impostor(ROOT),
  });
  return [clientLeaf({ by: real, key: EVIL_KEY }), made];
}

const VERSIONS: Readonly<Record<string, Partial<Order>>> = {
  "version 1": { version: null, only: null },
  "version 2": { version: 1 },
  "version 4": { version: 3 },
  "version 128": { version: 127 },
  "version -1": {
    versionField: explicit(0, element(TAG.integer, bytes(0xfe))),
  },
  "broken basicConstraints": {
    extensions: {
      basicConstraints: extension(
        EXTENSION.basicConstraints,
        true,
        bytes(0x30, 0, 0),
      ),
    },
  },
};

export function clientCases(): ChainCase[] {
  const cases = [
    ...rule("client: RFC 5280 §4.1.2.1", ...versionCases()),
    ...rule("client: RFC 5280 §4.2.1.12", ...purposeCases()),
    ...rule("client: RFC 5280 §6.1", ...pathCases()),
    ...rule("client: names", ...nameCases()),
  ];
  return cases.map((item) => ({ ...item, purpose: "client", host: "" }));
}

function versionCases(): Draft[] {
  return [
    accept("client of version 3", client()),
    accept("client below an intermediate of version 3", below({})),
    refuse("forged client of version 3", forged({})),
    refuse("client below a forged intermediate of version 3", belowForged({})),
    ...Object.entries(VERSIONS).flatMap(([what, order]) => [
      refuse(`client of ${what}`, client(order)),
      refuse(`client below an intermediate of ${what}`, below(order)),
      refuse(`forged client of ${what}`, forged(order)),
      refuse(
        `client below a forged intermediate of ${what}`,
        belowForged(order),
      ),
    ]),
  ];
}

function purposeCases(): Draft[] {
  const being = (purposes: readonly string[] | null): Partial<Order> => ({
    extensions: {
      extKeyUsage: purposes === null ? null : extKeyUsage(purposes),
    },
  });
  return [
    accept("client without extendedKeyUsage", client(being(null))),
    accept(
      "client for serverAuth and clientAuth",
      client(being(["serverAuth", "clientAuth"])),
    ),
    open("client for any purpose", client(being(["any"])), {
      why: "RFC 5280 §4.2.1.12 leaves it to the application",
    }),
    refuse("client for serverAuth", client(being(["serverAuth"]))),
    refuse("client for codeSigning", client(being(["codeSigning"]))),
    refuse(
      "client below an intermediate for serverAuth",
      below(being(["serverAuth"])),
    ),
    accept(
      "client below an intermediate for clientAuth",
      below(being(["clientAuth"])),
    ),
    open(
      "client of keyEncipherment alone",
      client({
        extensions: { keyUsage: keyUsage("keyEncipherment") },
      }),
      { why: "not every verifier looks at it" },
    ),
  ];
}

function pathCases(): Draft[] {
  const pinned = clientLeaf({ by: "self", key: LEAF_KEY });
  const weak = root({ subject: "Weak Root", key: key("RSA-1024", "root") });
  const rsa = root({ subject: "RSA Root", key: key("RSA-2048", "root") });
  const by = (
    top: Party,
    order: Partial<Order> = {},
  ) => [clientLeaf({ by: top, key: LEAF_KEY, ...order })];
  const trusting = (...anchors: Party[]): Circumstances => ({ anchors });
  const bottom = clientLeaf({ by: MIDDLE, key: LEAF_KEY });
  const issuer = leaf({ by: ROOT, key: MIDDLE_KEY });
  const late = { from: days(-9), until: days(-1) };
  return [
    refuse("client of an unknown root", by(UNKNOWN_ROOT)),
    refuse("client that signed itself", [pinned]),
    accept("client that signed itself, in caCerts", [pinned], trusting(pinned)),
    refuse(
      "client that a client in caCerts issued",
      by(pinned),
      trusting(pinned),
    ),
    refuse("client whose intermediate is missing", [bottom]),
    accept(
      "client of an intermediate alone in caCerts",
      [bottom],
      trusting(
        MIDDLE,
      ),
    ),
    refuse("client issued by a leaf", [
      clientLeaf({ by: issuer, key: LEAF_KEY }),
      issuer,
    ]),
    refuse(
      "client below an intermediate with CA FALSE",
      below({
        extensions: { basicConstraints: basicConstraints(false) },
      }),
    ),
    refuse(
      "client below an intermediate of cRLSign alone",
      below({
        extensions: { keyUsage: keyUsage("cRLSign") },
      }),
    ),
    refuse(
      "client with a wrong signature",
      client({
        spoil: (signature) => signature.slice(0, -1),
      }),
    ),
    refuse(
      "client below an intermediate with a wrong signature",
      below({
        spoil: (signature) => signature.slice(0, -1),
      }),
    ),
    refuse("client expired", client(late)),
    refuse("client not yet valid", client({ from: days(1) })),
    refuse("client below an expired intermediate", below(late)),
    refuse(
      "client with an unknown critical extension",
      client({
        more: [unknown(true)],
      }),
    ),
    refuse(
      "client below an unknown critical extension",
      below({
        more: [unknown(true)],
      }),
    ),
    ...(["secp256k1", "P-224", "RSA-1024", "Ed448"] as const).flatMap((
      kind,
    ) => [
      refuse(
        `client below a forged intermediate with a key of ${kind}`,
        belowForged({ key: key(kind, "forged") }),
      ),
      refuse(
        `client below an intermediate with a key of ${kind}`,
        below({ key: key(kind, "forged") }),
      ),
    ]),
    refuse("client of a root of RSA-1024", by(weak), trusting(weak)),
    refuse(
      "client of a key of RSA-1024",
      client({ key: key("RSA-1024", "leaf") }),
    ),
    accept(
      "client of a key of RSA-2048",
      client({
        key: key("RSA-2048", "leaf"),
      }),
    ),
    accept("client of a key of P-384", client({ key: key("P-384", "leaf") })),
    refuse(
      "client signed with SHA-1",
      by(rsa, { signature: "rsa-sha1" }),
      trusting(rsa),
    ),
    accept("client signed with RSA and SHA-256", by(rsa), trusting(rsa)),
    refuse(
      "client with a byte behind its certificate",
      client({
        finish: (der) => new Uint8Array([...der, 0]),
      }),
    ),
  ];
}

function nameCases(): Draft[] {
  const constraints = { permitted: [dns("bank.example")] };
  return [
    accept(
      "client whose subject has several attributes",
      client({
        subject: distinguishedName({ C: "DE", O: "Bank", CN: "client" }),
      }),
    ),
    accept(
      "client below permitted DNS names",
      below({
        more: [nameConstraints(constraints)],
      }),
      { why: "it has none" },
    ),
  ];
}
