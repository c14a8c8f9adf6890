/**
 * What is wrong with what a runtime made of the cases.
 *
 * @module
 */
import type { ChainCase } from "./case.ts";
import { DOCUMENTED } from "./documented.ts";
import type { Opinions } from "./oracles.ts";

/** What became of a chain in an end of Anyport's. */
export interface Outcome {
  /** That of the case; empty for what belongs to none. */
  readonly name: string;
  readonly trusted?: boolean;
  readonly error?: string;
  readonly message?: string;
  readonly verified?: boolean;
  readonly version?: string;
  /** Bytes of the application that were read here. */
  readonly received?: number;
  /** Whether a write resolved. */
  readonly written?: boolean;
  /** Bytes of the application that the peer has read. */
  readonly arrived?: number;
  /** The process ended of it. */
  readonly crashed?: string;
  /** What was caught by nothing, of whichever case. */
  readonly uncaught?: string;
  /** Nothing has become of it. */
  readonly hangs?: boolean;
}

/**
 * The violations, a sentence each: of what a case expects, of what oracles say,
 * and of what a trusted or refused connection has to be like.
 */
export function violations(
  runtime: string,
  cases: readonly ChainCase[],
  outcomes: readonly Outcome[],
  oracles: Readonly<Record<string, Opinions>>,
): string[] {
  const byName = new Map(outcomes.map((outcome) => [outcome.name, outcome]));
  const uncaught = outcomes.flatMap(({ uncaught }) =>
    uncaught === undefined ? [] : [`caught by nothing: ${uncaught}`]
  );
  const wrong = cases.flatMap((item) => {
    const outcome = byName.get(item.name);
    const wrong = outcome === undefined
      ? ["there is no outcome"]
      : isUnsupported(runtime, item, outcome)
      ? []
      : [...conduct(outcome), ...verdict(runtime, item, outcome, oracles)];
    return wrong.map((what) => `${item.name} (${item.rule}): ${what}`);
  });
  return [...wrong, ...uncaught];
}

/** Whether a runtime has refused what a case needs, as it is documented. */
function isUnsupported(
  runtime: string,
  { name }: ChainCase,
  { error }: Outcome,
): boolean {
  return error === "NotSupported ENOTSUP" &&
    DOCUMENTED.get(name)?.unsupportedOn?.includes(runtime) === true;
}

/** What is wrong with how it was trusted or refused. */
function conduct(outcome: Outcome): string[] {
  const { trusted, hangs, crashed, error, message } = outcome;
  if (hangs) return ["hangs"];
  if (crashed !== undefined) return [`crashes: ${crashed}`];
  const { received = 0, arrived = 0, written, verified } = outcome;
  if (trusted) {
    return verified && received > 0 && arrived > 0 && written ? [] : [
      `trusted, but verified is ${verified}, read ${received}, ` +
      `write ${written ? "resolved" : "rejected"}, peer has read ${arrived}`,
    ];
  }
  const wrong: string[] = [];
  if (!error?.startsWith("InvalidData ")) {
    wrong.push(`refused with ${error}: ${message}`);
  }
  if (received > 0) wrong.push(`refused, but ${received} bytes were read`);
  if (arrived > 0) wrong.push(`refused, but ${arrived} bytes have arrived`);
  if (written) wrong.push("refused, but a write resolved");
  return wrong;
}

/** What is wrong with the verdict. */
function verdict(
  runtime: string,
  { name, expected, why }: ChainCase,
  { trusted, hangs, crashed, message }: Outcome,
  oracles: Readonly<Record<string, Opinions>>,
): string[] {
  if (hangs || crashed !== undefined) return [];
  const documented = DOCUMENTED.get(name);
  const reached = trusted ? "accept" : "refuse";
  const allowed = trusted ? documented?.trustedOn : documented?.refusedOn;
  if (allowed?.includes(runtime)) return [];
  if (expected !== "open" && expected !== reached) {
    const because = why === undefined ? "" : `; ${why}`;
    return [`${trusted ? "trusted" : `refused: ${message}`}${because}`];
  }
  if (documented !== undefined) return [];
  return disagreement(name, trusted === true, oracles);
}

/** Says no more than its strict mode, where it is about trusting too much. */
const LENIENT = "openssl";

/** Nothing is trusted that two oracles refuse, and nothing refused that all take. */
export function disagreement(
  name: string,
  trusted: boolean,
  oracles: Readonly<Record<string, Opinions>>,
): string[] {
  const asked = Object.entries(oracles).flatMap(([oracle, opinions]) => {
    const opinion = opinions.get(name);
    return opinion === undefined || (trusted && oracle === LENIENT)
      ? []
      : [{ oracle, ...opinion }];
  });
  const against = asked.filter((opinion) => opinion.trusted !== trusted);
  const enough = trusted ? 2 : asked.length;
  if (against.length < enough) return [];
  const names = against.map(({ oracle, reason = "" }) =>
    trusted ? `${oracle} (${reason})` : oracle
  );
  return [
    trusted
      ? `trusted, which is refused by ${names.join(", ")}`
      : `refused, which is taken by ${names.join(", ")}`,
  ];
}
