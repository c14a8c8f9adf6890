/**
 * What is in `caCerts`: an anchor is what is there and is a CA; another
 * certificate is trusted for itself.
 *
 * @module
 */
import { accept, type ChainCase, type Draft, refuse, rule } from "../case.ts";
import { days, intermediate, leaf, type Order, root } from "../certificate.ts";
import { basicConstraints, extKeyUsage, keyUsage } from "../extensions.ts";
import { key } from "../keys.ts";
import {
  descending,
  EVIL_KEY,
  forged,
  LEAF_KEY,
  lone,
  MIDDLE,
  MIDDLE_KEY,
  ROOT,
} from "../parties.ts";

export function anchorCases(): ChainCase[] {
  return [
    ...rule("anchors", ...pinnedCases(), ...partialCases(), ...keyCases()),
  ];
}

/** A leaf that signed itself. */
function selfSigned(order: Partial<Order> = {}) {
  return leaf({
    by: "self",
    subject: "pinned",
    key: key("P-256", "pinned"),
    ...order,
  });
}

function pinnedCases(): Draft[] {
  const pinned = selfSigned();
  const issued = leaf({ by: pinned, key: LEAF_KEY });
  const byRoot = leaf({ by: ROOT, key: key("P-256", "pinned") });
  const belowPinned = leaf({ by: byRoot, key: LEAF_KEY });
  const own = (what: string, order: Partial<Order>, host?: string): Draft => {
    const odd = selfSigned(order);
    return refuse(`self-signed leaf in caCerts, ${what}`, [odd], {
      anchors: [odd],
      ...(host === undefined ? {} : { host }),
    });
  };
  const authority = selfSigned({
    extensions: {
      basicConstraints: basicConstraints(true),
      keyUsage: keyUsage("digitalSignature", "keyCertSign"),
    },
  });
  const twin = selfSigned();
  return [
    accept("self-signed leaf in caCerts", [pinned], { anchors: [pinned] }),
    accept("self-signed leaf in caCerts beside a root", [pinned], {
      anchors: [ROOT, pinned],
    }),
    refuse("self-signed leaf in caCerts, as issuer of another", [issued], {
      anchors: [pinned],
    }),
    refuse("self-signed leaf in caCerts, as issuer, which comes along", [
      issued,
      pinned,
    ], { anchors: [pinned] }),
    refuse("self-signed leaf in caCerts, another of the same key", [twin], {
      anchors: [pinned],
      why: "it is trusted for itself, not for its key",
    }),
    refuse("self-signed leaf in caCerts, a forged one of its name", [
      selfSigned({ key: EVIL_KEY }),
    ], { anchors: [pinned] }),
    own("for another host", {}, "other.example"),
    own("expired", { from: days(-9), until: days(-1) }),
    own("not yet valid", { from: days(1) }),
    own("for clientAuth", {
      extensions: { extKeyUsage: extKeyUsage(["clientAuth"]) },
    }),
    own("of a weak key", { key: key("RSA-1024", "pinned") }),
    own("of version 1", { version: null, only: null }),
    accept("self-signed CA in caCerts as a server", [authority], {
      anchors: [authority],
    }),
    accept("self-signed CA in caCerts as issuer", [
      leaf({ by: authority, key: LEAF_KEY }),
    ], { anchors: [authority] }),
    refuse("leaf in caCerts that a root issued, without the root", [byRoot], {
      anchors: [byRoot],
    }),
    refuse("leaf in caCerts that a root issued, as issuer", [belowPinned], {
      anchors: [byRoot],
    }),
    refuse("leaf in caCerts that a root issued, as issuer beside the root", [
      belowPinned,
      byRoot,
    ], { anchors: [ROOT, byRoot] }),
    refuse(
      "leaf in caCerts that a root issued, another of that root",
      lone({}),
      {
        anchors: [byRoot],
      },
    ),
    refuse("leaf in caCerts that a root issued, a forged one", forged({}), {
      anchors: [byRoot],
    }),
  ];
}

/** An intermediate is an anchor as a root is. */
function partialCases(): Draft[] {
  const bottom = leaf({ by: MIDDLE, key: LEAF_KEY });
  const [deep, lower, upper] = descending(ROOT, [{}, {}]);
  const notCa = intermediate({
    by: ROOT,
    subject: "No Intermediate",
    key: MIDDLE_KEY,
    extensions: { basicConstraints: basicConstraints(false) },
  });
  const limited = intermediate({
    by: ROOT,
    subject: "Limited",
    key: MIDDLE_KEY,
    extensions: { basicConstraints: basicConstraints(true, { pathLen: 0 }) },
  });
  const late = intermediate({
    by: ROOT,
    subject: "Good Intermediate",
    key: MIDDLE_KEY,
    from: days(-9),
    until: days(-1),
  });
  return [
    accept("intermediate alone in caCerts", [bottom], { anchors: [MIDDLE] }),
    accept("intermediate alone in caCerts, which comes along", [
      bottom,
      MIDDLE,
    ], { anchors: [MIDDLE] }),
    accept("intermediate alone in caCerts, and the root comes along", [
      bottom,
      MIDDLE,
      ROOT,
    ], { anchors: [MIDDLE] }),
    accept("lower intermediate alone in caCerts", [deep, lower, upper], {
      anchors: [lower],
    }),
    accept("upper intermediate alone in caCerts", [deep, lower, upper], {
      anchors: [upper],
    }),
    accept("intermediate and root in caCerts", [bottom], {
      anchors: [ROOT, MIDDLE],
      why: "what is in caCerts need not come along",
    }),
    accept("intermediate in caCerts, the leaf below the root", lone({}), {
      anchors: [MIDDLE, ROOT],
    }),
    refuse("intermediate in caCerts, a leaf below the root alone", lone({}), {
      anchors: [MIDDLE],
    }),
    refuse("no intermediate alone in caCerts", [
      leaf({ by: notCa, key: LEAF_KEY }),
    ], { anchors: [notCa] }),
    refuse("expired intermediate alone in caCerts", [bottom], {
      anchors: [late],
    }),
    accept("expired intermediate in caCerts beside the root", [
      bottom,
      MIDDLE,
    ], { anchors: [late, ROOT] }),
    refuse(
      "intermediate of pathLen 0 alone in caCerts, above another",
      descending(
        limited,
        [{}],
      ),
      {
        anchors: [limited],
        why: "what an anchor says of its paths holds for what is below",
      },
    ),
  ];
}

function keyCases(): Draft[] {
  const strong = root({ subject: "RSA Root", key: key("RSA-3072", "root") });
  return [
    accept(
      "root of RSA with 3072 bits",
      [leaf({ by: strong, key: LEAF_KEY })],
      {
        anchors: [strong],
      },
    ),
    accept("root among 50 others", lone({}), {
      anchors: [
        ...Array.from({ length: 50 }, (_, index) =>
          root({
            subject: `Root ${index}`,
            key: key("P-256", "many roots"),
          })),
        ROOT,
      ],
    }),
    refuse("root as a server", [ROOT], {
      why: "it is for no host",
    }),
  ];
}
