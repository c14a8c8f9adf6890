/**
 * Counts tests from JUnit reports, which every runner can write.
 *
 * @module
 */

/** The results of a run. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Names of the tests that were skipped because the machine lacks a program. */
  readonly wanting: readonly string[];
}

const TESTCASE =
  /<testcase\b((?:"[^"]*"|[^">])*?)(?:\/>|>([^]*?)<\/testcase>)/g;
const NAME = /\bname="([^"]*)"/;

/**
 * The name under which Node reports a file that ended before it registered a test: the
 * file's name. Node counts that as passed.
 */
const FILE = /^\S+_test\.[cm]js$/;

/** Counts the test cases of a JUnit report. */
export function countsOf(report: string): Counts {
  let passed = 0, failed = 0, skipped = 0;
  const wanting: string[] = [];
  for (const [, attributes, body = ""] of report.matchAll(TESTCASE)) {
    const name = NAME.exec(attributes)?.[1] ?? "";
    if (/<(failure|error)\b/.test(body) || FILE.test(name)) {
      failed++;
    } else if (/<skipped\b/.test(body)) {
      skipped++;
      if (/ # needs program /.test(name)) wanting.push(name);
    } else {
      passed++;
    }
  }
  return { passed, failed, skipped, wanting };
}

/** The names of the failed tests. */
export function failuresOf(report: string): string[] {
  return [...report.matchAll(TESTCASE)]
    .filter(([, , body = ""]) => /<(failure|error)\b/.test(body))
    .map(([, attributes]) => textOf(NAME.exec(attributes)?.[1] ?? ""));
}

const ENTITIES: Readonly<Record<string, string>> = {
  quot: '"',
  apos: "'",
  lt: "<",
  gt: ">",
  amp: "&",
};

/** Decodes the entities of an XML text. */
function textOf(xml: string): string {
  return xml.replace(/&(\w+);/g, (entity, name) => ENTITIES[name] ?? entity);
}

/** No tests. */
export const NONE: Counts = { passed: 0, failed: 0, skipped: 0, wanting: [] };

/** A run that failed as a whole; it counts as one test. */
export const FAILURE: Counts = { ...NONE, failed: 1 };

/** Adds counts up. */
export function sum(counts: readonly Counts[]): Counts {
  return counts.reduce((a, b) => ({
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    wanting: [...a.wanting, ...b.wanting],
  }), NONE);
}

/** "2 passed, 0 failed", with the number of skipped tests if there are any. */
export function summary({ passed, failed, skipped }: Counts): string {
  const text = `${passed} passed, ${failed} failed`;
  return skipped === 0 ? text : `${text}, ${skipped} skipped`;
}
