/**
 * Where Anyport differs from what the oracles agree on, and why.
 *
 * @module
 */

/** By the name of the case, the reason in one sentence. */
export const DOCUMENTED: ReadonlyMap<string, string> = new Map([]);
