/**
 * The parties that most cases are about.
 *
 * @module
 */
import { trustByDefault } from "./case.ts";
import { intermediate, type Party, root } from "./certificate.ts";
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
trustByDefault(ROOT);

/** An intermediate that the root has issued. */
export const MIDDLE: Party = intermediate({
  by: ROOT,
  subject: "Good Intermediate",
  key: MIDDLE_KEY,
});

/** Whoever uses a party's name and identifier without having its key. */
export function impostor(party: Party): Party {
  return { ...party, key: EVIL_KEY };
}
