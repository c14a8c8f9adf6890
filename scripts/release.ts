/**
 * Checks whether a tag may be published. It must match the version in deno.json, which
 * must have a date in the changelog, and the repository that the packages name.
 *
 * @module
 */
import { join } from "node:path";
import { ROOT } from "./places.ts";

/** The inputs of the check. */
export interface Release {
  /** The tag, such as `v0.1.0`. */
  readonly tag: string;
  /** The text of deno.json. */
  readonly denoJson: string;
  /** The text of CHANGELOG.md. */
  readonly changelog: string;
  /** `owner/name` of the repository of the workflow, if known. */
  readonly repository?: string | undefined;
}

/** A version of https://semver.org after `v`. */
const TAG = /^v\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;

/** The reasons not to publish a release, one sentence each. */
export function flawsOf(
  { tag, denoJson, changelog, repository }: Release,
): string[] {
  const flaws: string[] = [];
  const { version, repository: home } = JSON.parse(denoJson);
  if (!TAG.test(tag)) flaws.push(`${tag} is no tag of a version, as v1.2.3 is`);
  else if (tag !== `v${version}`) {
    flaws.push(`the tag is ${tag}, and deno.json has the version ${version}`);
  }
  const [, first, date] = /^## (\S+)(?: \((.+)\))?$/m.exec(changelog) ?? [];
  if (first !== version) {
    flaws.push(`the first version in CHANGELOG.md is ${first}, not ${version}`);
  } else if (!isDate(date)) {
    flaws.push(
      `CHANGELOG.md has no date for ${version}: write "## ${version} (2030-12-31)"`,
    );
  }
  if (repository !== undefined && home !== `https://github.com/${repository}`) {
    flaws.push(
      `deno.json names the repository ${home}, and this is ${repository}`,
    );
  }
  return flaws;
}

/** Whether a text is an ISO 8601 date. */
function isDate(text: string | undefined): boolean {
  return text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) &&
    !Number.isNaN(Date.parse(text));
}

if (import.meta.main) {
  const [tag = ""] = Deno.args;
  const flaws = flawsOf({
    tag,
    denoJson: await Deno.readTextFile(join(ROOT, "deno.json")),
    changelog: await Deno.readTextFile(join(ROOT, "CHANGELOG.md")),
    repository: Deno.env.get("GITHUB_REPOSITORY"),
  });
  for (const flaw of flaws) console.error(`Cannot publish ${tag}: ${flaw}`);
  if (flaws.length > 0) Deno.exit(1);
  console.log(`${tag} may be published`);
}
