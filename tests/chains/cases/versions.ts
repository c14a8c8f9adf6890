/**
 * Certificates of other versions than 3, genuine and forged.
 *
 * @module
 */
import { accept, type ChainCase, type Draft, refuse, rule } from "../case.ts";
import {
  intermediate,
  leaf,
  type Order,
  type Party,
  root,
} from "../certificate.ts";
import { bytes, element, explicit, integer, TAG } from "../der.ts";
import { key } from "../keys.ts";
import {
  EVIL_KEY,
  impostor,
  LEAF_KEY,
  MIDDLE,
  MIDDLE_KEY,
  ROOT,
} from "../parties.ts";

/** By the name of the version, what makes it. */
const VERSIONS: Readonly<Record<string, Partial<Order>>> = {
  "1": { version: null, only: null },
  "1, with extensions": { version: null },
  "1, written out": { version: 0, only: null },
  "2": { version: 1, only: null },
  "2, with extensions": { version: 1 },
  "4": { version: 3 },
  "128": { version: 127 },
  "256": { version: 255 },
  "-1": { versionField: explicit(0, element(TAG.integer, bytes(0xfe))) },
  "3, not minimal": {
    versionField: explicit(0, element(TAG.integer, bytes(0, 2))),
  },
  "3, without an INTEGER": { versionField: explicit(0, bytes(5, 0)) },
  "3, implicitly tagged": { versionField: element(0x80, bytes(2)) },
  "3, twice": { versionField: explicit(0, integer(2), integer(2)) },
};

export function versionCases(): ChainCase[] {
  const forger = impostor(ROOT);
  const versions = Object.entries(VERSIONS);
  const evil = intermediate({ by: ROOT, subject: "Mallory", key: EVIL_KEY });
  const forged = (order: Partial<Order>): Party =>
    intermediate({ by: forger, subject: "Mallory", key: EVIL_KEY, ...order });
  const underForged = leaf({ by: evil, key: EVIL_KEY });

  return [
    ...rule(
      "RFC 5280 §4.1.2.1",
      accept("leaf of version 3", [leaf({ by: ROOT, key: LEAF_KEY })]),
      accept("leaf and intermediate of version 3", [
        leaf({ by: MIDDLE, key: LEAF_KEY }),
        MIDDLE,
      ]),
      ...versions.map(([version, order]) =>
        refuse(`leaf of version ${version}`, [
          leaf({ by: ROOT, key: LEAF_KEY, ...order }),
        ])
      ),
      ...versions.map(([version, order]): Draft => {
        const middle = intermediate({
          by: ROOT,
          subject: "Odd Intermediate",
          key: MIDDLE_KEY,
          ...order,
        });
        return refuse(`intermediate of version ${version}`, [
          leaf({ by: middle, key: LEAF_KEY }),
          middle,
        ]);
      }),
    ),
    ...rule(
      "RFC 5280 §6.1.3 (a) (1)",
      refuse("forged leaf of version 3", [leaf({ by: forger, key: EVIL_KEY })]),
      refuse("forged intermediate of version 3", [underForged, forged({})]),
      ...versions.map(([version, order]) =>
        refuse(`forged leaf of version ${version}`, [
          leaf({ by: forger, key: EVIL_KEY, ...order }),
        ])
      ),
      ...versions.map(([version, order]) =>
        refuse(`forged intermediate of version ${version}`, [
          underForged,
          forged(order),
        ])
      ),
    ),
    ...rule("anchors", ...anchorsOfVersions(versions)),
  ];
}

/** Roots in `caCerts` have to be of version 3, as others say nothing of being a CA. */
function anchorsOfVersions(
  versions: readonly (readonly [string, Partial<Order>])[],
): Draft[] {
  return versions.map(([version, order]) => {
    const old = root({
      subject: "Old Root",
      key: key("P-256", "old root"),
      ...order,
    });
    return refuse(`root of version ${version}`, [
      leaf({ by: old, key: LEAF_KEY }),
    ], {
      anchors: [old],
      why: "an anchor has to say that it is a CA, which takes version 3",
    });
  });
}
