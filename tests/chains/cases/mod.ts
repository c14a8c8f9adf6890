/**
 * All cases of the chain suite.
 *
 * @module
 */
import type { ChainCase } from "../case.ts";
import { anchorCases } from "./anchors.ts";
import { authorityCases } from "./authorities.ts";
import { clientCases } from "./clients.ts";
import { constraintFormCases } from "./constraint_forms.ts";
import { constraintCases } from "./constraints.ts";
import { criticalCases } from "./critical.ts";
import { dateCases } from "./dates.ts";
import { encodingCases } from "./encodings.ts";
import { nameCases } from "./names.ts";
import { pathCases } from "./paths.ts";
import { purposeCases } from "./purposes.ts";
import { signatureCases } from "./signatures.ts";
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
    ...encodingCases(),
    ...signatureCases(),
    ...authorityCases(),
    ...purposeCases(),
    ...dateCases(),
    ...criticalCases(),
    ...constraintCases(),
    ...constraintFormCases(),
    ...nameCases(),
    ...pathCases(),
    ...anchorCases(),
    ...clientCases(),
  ];
  const names = new Set<string>();
  for (const { name } of cases) {
    if (names.has(name)) throw new Error(`Two cases are called "${name}"`);
    names.add(name);
  }
  return cases;
}
