/**
 * Paths in the repository. Except the sources, they are generated and ignored by Git.
 *
 * @module
 */
import { join } from "node:path";

/** The root of the repository. */
export const ROOT: string = join(import.meta.dirname!, "..");

/** Generated files that can be deleted at any time. */
export const CACHE: string = join(ROOT, ".cache");

/** The built npm package. */
export const NPM: string = join(ROOT, "npm");
