/**
 * Where the standard library and dnt come from: JSR, or the stand-ins of
 * `tests/offline/` where JSR cannot be reached.
 *
 * @module
 */
import { outcomeOf } from "./command.ts";

/** The package registry, or this repository. */
export type StdSource = "jsr" | "local";

/** How long JSR may take to answer. */
const LIMIT_MS = 5_000;

let chosen: Promise<StdSource> | undefined;

/**
 * Chooses the source, once a process, and prints which one and why.
 *
 * The variable `STD_SOURCE`, `jsr` or `local`, leaves no choice: set it where
 * falling back must not hide that JSR fails.
 *
 * @throws {RangeError} `STD_SOURCE` is something else
 */
export function stdSource(): Promise<StdSource> {
  return chosen ??= choose();
}

async function choose(): Promise<StdSource> {
  const asked = Deno.env.get("STD_SOURCE");
  const [source, reason] = asked === undefined || asked === ""
    ? await probe()
    : [checked(asked), "STD_SOURCE says so"] as const;
  console.error(`std: ${source} (${reason})`);
  return source;
}

function checked(asked: string): StdSource {
  if (asked === "jsr" || asked === "local") return asked;
  throw new RangeError(
    `Cannot take STD_SOURCE=${asked}: it has to be jsr or local`,
  );
}

/** Asks Deno itself, which knows about proxies, certificates and its cache. */
async function probe(): Promise<readonly [StdSource, string]> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), LIMIT_MS);
  const { code } = await outcomeOf(
    Deno.execPath(),
    ["cache", "--quiet", "--no-config", "--no-lock", "jsr:@std/assert@^1"],
    { signal: limit.signal },
  );
  clearTimeout(timer);
  if (code === 0) return ["jsr", "it can be reached"];
  return limit.signal.aborted
    ? ["local", `JSR did not answer within ${LIMIT_MS / 1000} s`]
    : ["local", "JSR cannot be reached"];
}

if (import.meta.main) console.log(await stdSource());
