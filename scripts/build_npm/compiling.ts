/**
 * Settings that both compilers share.
 *
 * @module
 */

/** The target of the oldest supported Node: newer JavaScript and Node types are rejected. */
export const TARGET = "ES2022";

/**
 * `DOM` has the streams and `AbortSignal`, which every runtime provides. Newer APIs are
 * not declared, so using them fails the build.
 */
export const LIB = ["ES2022", "ESNext.Disposable", "DOM"] as const;

/** The package's entries by their subpath. */
export const ENTRIES = {
  ".": "mod.ts",
  "./berkeley": "src/berkeley/mod.ts",
  "./framing": "src/framing/mod.ts",
} as const;

/** Versions of the type declarations for compiling. */
export interface TypesVersions {
  readonly "@types/deno": string;
  readonly "@types/node": string;
}
