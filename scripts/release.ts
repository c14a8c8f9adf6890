/**
 * Checks that a tag may be published: that it is the version of deno.json, that the
 * changelog has that version with a date, and that the repository is the one that
 * the packages name.
 *
 * @module
 */
import { join } from "node:path";
import { ROOT } from "./places.ts";

/** What a release is made of. */
export interface Release {
  /** Such as `v0.1.0`. */
  readonly tag: string;
  /** The text of deno.json. */
  readonly denoJson: string;
  /** The text of CHANGELOG.md. */
  readonly changelog: string;
  /** `owner/name` of where the workflow runs, if it is known. */
  readonly repository?: string | undefined;
}

/** A number, as https://semver.org has it, behind `v`. */
const TAG = /^v\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;

/** What keeps a release from being published, one sentence for each. */
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

/** Whether a text is a day, as ISO 8601 has it. */
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
