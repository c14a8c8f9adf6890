/**
 * Certificates of other versions than 3, genuine and forged.
 *
 * @module
 */
import { accept, type ChainCase, type Draft, refuse, rule } from "../case.ts";
import { leaf, type Order, type Party, root } from "../certificate.ts";
import { bytes, element, explicit, integer, TAG } from "../der.ts";
import { key } from "../keys.ts";
import { below, belowForged, forged, LEAF_KEY, lone } from "../parties.ts";

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
  const versions = Object.entries(VERSIONS);
  const each = (
    what: string,
    chain: (order: Partial<Order>) => Party[],
  ): Draft[] =>
    versions.map(([version, order]) =>
      refuse(`${what} of version ${version}`, chain(order))
    );

  return [
    ...rule(
      "RFC 5280 §4.1.2.1",
      accept("leaf of version 3", lone({})),
      accept("leaf and intermediate of version 3", below({})),
      ...each("leaf", lone),
      ...each("intermediate", below),
    ),
    ...rule(
      "RFC 5280 §6.1.3 (a) (1)",
      refuse("forged leaf of version 3", forged({})),
      refuse("forged intermediate of version 3", belowForged({})),
      ...each("forged leaf", forged),
      ...each("forged intermediate", belowForged),
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
