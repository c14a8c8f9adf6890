/**
 * What the two compilers have in common.
 *
 * @module
 */

/** The oldest Node that is held, and so the newest JavaScript and Node types that may be used. */
export const TARGET = "ES2022";

/**
 * `DOM` has the streams and `AbortSignal`, which every runtime ships. What is
 * newer than the target is not to be found, so that using it fails the build.
 */
export const LIB = ["ES2022", "ESNext.Disposable", "DOM"] as const;

/** The package's entries, by the name that they are imported by. */
export const ENTRIES = {
  ".": "mod.ts",
  "./berkeley": "src/berkeley/mod.ts",
} as const;

/** Versions of the declarations that the sources are compiled against. */
export interface TypesVersions {
  readonly "@types/deno": string;
  readonly "@types/node": string;
}
