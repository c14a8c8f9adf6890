/**
 * The parties that most cases are about.
 *
 * @module
 */
import {
  intermediate,
  leaf,
  type Order,
  type Party,
  root,
} from "./certificate.ts";
import type { Der } from "./der.ts";
import { nameConstraints } from "./extensions.ts";
import { key } from "./keys.ts";

/** The key of a good root. */
const ROOT_KEY = key("P-256", "root");
/** The key of intermediates. */
export const MIDDLE_KEY = key("P-256", "intermediate");
/** The key of leaves. */
export const LEAF_KEY = key("P-256", "leaf");
/** A key of an attacker's. */
export const EVIL_KEY = key("P-256", "evil");

/** The root that is trusted. */
export const ROOT: Party = root({ subject: "Good Root", key: ROOT_KEY });

/** A root that no case trusts. */
export const UNKNOWN_ROOT: Party = root({
  subject: "Unknown Root",
  key: EVIL_KEY,
});

/** An intermediate that the root has issued. */
export const MIDDLE: Party = intermediate({
  by: ROOT,
  subject: "Good Intermediate",
  key: MIDDLE_KEY,
});

/** An impostor: a party's name and identifier, without its key. */
export function impostor(party: Party): Party {
  return { ...party, key: EVIL_KEY };
}

/** A leaf that the root has issued, by itself. */
export function lone(order: Partial<Parameters<typeof leaf>[0]>): Party[] {
  return [leaf({ by: ROOT, key: LEAF_KEY, ...order })];
}

/** A good leaf and the intermediate above it, which is as ordered. */
export function below(order: Partial<Order>): Party[] {
  const middle = intermediate({
    by: ROOT,
    subject: "Intermediate",
    key: MIDDLE_KEY,
    ...order,
  });
  return [leaf({ by: middle, key: LEAF_KEY }), middle];
}

/** A leaf that an attacker made in the root's name. */
export function forged(order: Partial<Order>): Party[] {
  return [leaf({ key: EVIL_KEY, ...order, by: impostor(ROOT) })];
}

/** A leaf below an intermediate that an attacker made in the root's name. */
export function belowForged(order: Partial<Order>): Party[] {
  const real = intermediate({ by: ROOT, subject: "Mallory", key: EVIL_KEY });
  const made = intermediate({
    subject: "Mallory",
    key: EVIL_KEY,
    ...order,
    by: impostor(ROOT),
  });
  return [leaf({ by: real, key: EVIL_KEY }), made];
}

/** A chain from a leaf up to, and without, the root: `orders` are the intermediates, the highest first. */
export function descending(
  top: Party,
  orders: readonly Partial<Order>[],
  lowest: Partial<Parameters<typeof leaf>[0]> = {},
): Party[] {
  const chain: Party[] = [];
  let by = top;
  for (const [index, order] of orders.entries()) {
    by = intermediate({
      by,
      subject: `Intermediate ${index + 1}`,
      key: key("P-256", `intermediate ${index + 1}`),
      ...order,
    });
    chain.unshift(by);
  }
  return [leaf({ by, key: LEAF_KEY, ...lowest }), ...chain];
}

/** What may be said of names. */
export type Constraints = Parameters<typeof nameConstraints>[0];
/** dNSNames, or whole general names. */
export type Names = readonly (string | Der)[];

/** A leaf of some names below an intermediate of some constraints. */
export function constrained(
  constraints: Constraints | Der,
  names: Names,
  order: Partial<Order> = {},
): Party[] {
  const extension = constraints instanceof Uint8Array
    ? constraints
    : nameConstraints(constraints);
  const middle = intermediate({
    by: ROOT,
    subject: "Constrained",
    key: MIDDLE_KEY,
    more: [extension],
  });
  return [leaf({ by: middle, key: LEAF_KEY, names, ...order }), middle];
}
