/**
 * Where things are. All but the sources is made by the scripts, and ignored by Git.
 *
 * @module
 */
import { join } from "node:path";

/** The repository. */
export const ROOT: string = join(import.meta.dirname!, "..");

/** What can be thrown away at any time. */
export const CACHE: string = join(ROOT, ".cache");

/** The npm package. */
export const NPM: string = join(ROOT, "npm");
