/**
 * What certificates are for: extendedKeyUsage.
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
import { bytes, integer, join, sequence } from "../der.ts";
import { EXTENSION, extension, extKeyUsage } from "../extensions.ts";
import { key } from "../keys.ts";
import {
  below,
  belowForged,
  descending,
  forged,
  LEAF_KEY,
  lone,
} from "../parties.ts";

export function purposeCases(): ChainCase[] {
  return [
    ...rule("RFC 5280 §4.2.1.12", ...leafCases(), ...brokenCases()),
    ...rule("nested extendedKeyUsage", ...issuerCases()),
  ];
}

/** A certificate for some purposes; `null` for no extension. */
function being(
  purposes: readonly string[] | null,
  critical = false,
): Partial<Order> {
  return {
    extensions: {
      extKeyUsage: purposes === null ? null : extKeyUsage(purposes, critical),
    },
  };
}

function leafCases(): Draft[] {
  return [
    accept("leaf without extendedKeyUsage", lone(being(null))),
    accept("leaf for serverAuth", lone(being(["serverAuth"]))),
    accept("leaf for serverAuth, critical", lone(being(["serverAuth"], true))),
    accept(
      "leaf for serverAuth and clientAuth",
      lone(being(["clientAuth", "serverAuth"])),
    ),
    accept(
      "leaf for serverAuth and an unknown purpose",
      lone(being(["1.3.6.1.4.1.99999.9", "serverAuth"])),
    ),
    open("leaf for any purpose", lone(being(["any"])), {
      why: "RFC 5280 §4.2.1.12 leaves it to the application",
    }),
    refuse("leaf for clientAuth", lone(being(["clientAuth"]))),
    refuse("leaf for clientAuth, critical", lone(being(["clientAuth"], true))),
    refuse("leaf for codeSigning", lone(being(["codeSigning"]))),
    refuse("leaf for ocspSigning", lone(being(["ocspSigning"]))),
    refuse(
      "leaf for an unknown purpose",
      lone(being(["1.3.6.1.4.1.99999.9"])),
    ),
    refuse(
      "leaf for a purpose that begins as serverAuth does",
      lone(being(["1.3.6.1.5.5.7.3.1.1"])),
    ),
    refuse(
      "leaf for clientAuth below an intermediate for serverAuth",
      descending(
        rootOfNothing(),
        [being(["serverAuth"])],
        being(["clientAuth"]),
      ),
      { anchors: [rootOfNothing()] },
    ),
  ];
}

let nothing: ReturnType<typeof root> | undefined;

/** A root that says nothing of purposes. */
function rootOfNothing() {
  return nothing ??= root({
    subject: "Root",
    key: key("P-256", "root of purposes"),
  });
}

function brokenCases(): Draft[] {
  const raw = (content: Uint8Array): Partial<Order> => ({
    extensions: {
      extKeyUsage: extension(EXTENSION.extKeyUsage, false, content),
    },
  });
  const broken: Readonly<Record<string, Uint8Array>> = {
    "of no bytes": bytes(),
    "without purposes": sequence(),
    "of an INTEGER": sequence(integer(1)),
    "with a byte too many": join(
      sequence(new Uint8Array([6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1])),
      bytes(0),
    ),
  };
  return Object.entries(broken).flatMap(([what, content]) => [
    refuse(`leaf with extendedKeyUsage ${what}`, lone(raw(content))),
    refuse(`intermediate with extendedKeyUsage ${what}`, below(raw(content))),
    refuse(`forged leaf with extendedKeyUsage ${what}`, forged(raw(content))),
    refuse(
      `forged intermediate with extendedKeyUsage ${what}`,
      belowForged(raw(content)),
    ),
  ]);
}

function issuerCases(): Draft[] {
  const rootFor = (purposes: readonly string[]) => {
    const top = root({
      subject: "Root for Purposes",
      key: key("P-256", "root for purposes"),
      more: [extKeyUsage(purposes)],
    });
    return [[leaf({ by: top, key: LEAF_KEY })], [top]] as const;
  };
  const forServers = rootFor(["serverAuth"]);
  const forClients = rootFor(["clientAuth"]);
  return [
    accept("intermediate for serverAuth", below(being(["serverAuth"]))),
    accept(
      "intermediate for serverAuth and clientAuth",
      below(being(["serverAuth", "clientAuth"])),
    ),
    open("intermediate for any purpose", below(being(["any"])), {
      why: "OpenSSL does not take it for serverAuth, others do",
    }),
    refuse("intermediate for clientAuth", below(being(["clientAuth"]))),
    refuse("intermediate for codeSigning", below(being(["codeSigning"]))),
    refuse(
      "intermediate for clientAuth, critical",
      below(being(["clientAuth"], true)),
    ),
    refuse(
      "upper intermediate for clientAuth, lower one for serverAuth",
      descending(rootOfNothing(), [
        being(["clientAuth"]),
        being(["serverAuth"]),
      ]),
      { anchors: [rootOfNothing()] },
    ),
    refuse(
      "upper intermediate for clientAuth, lower one for any purpose",
      descending(rootOfNothing(), [being(["clientAuth"]), being(["any"])]),
      { anchors: [rootOfNothing()] },
    ),
    accept(
      "upper intermediate for serverAuth, lower one without purposes",
      descending(rootOfNothing(), [being(["serverAuth"]), {}]),
      { anchors: [rootOfNothing()] },
    ),
    accept("root for serverAuth", forServers[0], { anchors: forServers[1] }),
    refuse("root for clientAuth", forClients[0], {
      anchors: forClients[1],
      why: "what a root says of its purposes holds for what is below",
    }),
    refuse(
      "leaf without extendedKeyUsage below an intermediate for clientAuth",
      descending(rootOfNothing(), [being(["clientAuth"])], being(null)),
      { anchors: [rootOfNothing()] },
    ),
    refuse(
      "leaf for any purpose below an intermediate for clientAuth",
      descending(rootOfNothing(), [being(["clientAuth"])], being(["any"])),
      { anchors: [rootOfNothing()] },
    ),
  ];
}
