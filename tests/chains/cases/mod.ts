/**
 * All cases of the chain suite.
 *
 * @module
 */
import type { ChainCase } from "../case.ts";
import { versionCases } from "./versions.ts";

let made: ChainCase[] | undefined;

/**
 * Makes every case, once per process. Their names are the same each time, their
 * certificates are not.
 */
// deno-lint-ignore require-await -- rejects, instead of throwing
export async function allCases(): Promise<ChainCase[]> {
  return made ??= make();
}

function make(): ChainCase[] {
  const cases = [
    ...versionCases(),
  ];
  const names = new Set<string>();
  for (const { name } of cases) {
    if (names.has(name)) throw new Error(`Two cases are called "${name}"`);
    names.add(name);
  }
  return cases;
}
