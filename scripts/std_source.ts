/**
 * The source of the standard library and dnt: JSR, or the stand-ins of `tests/offline/`
 * if JSR is unreachable.
 *
 * @module
 */
import { outcomeOf } from "./command.ts";

/** JSR, or this repository. */
export type StdSource = "jsr" | "local";

/** Limits the request to JSR. */
const LIMIT_MS = 5_000;

let chosen: Promise<StdSource> | undefined;

/**
 * Chooses the source once per process, and prints it with the reason.
 *
 * The environment variable `STD_SOURCE`, `jsr` or `local`, sets it. Use `jsr` where a
 * failure of JSR must not be hidden by the fallback.
 *
 * @throws {RangeError} `STD_SOURCE` has another value
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

/** Probes with Deno itself, which applies its proxies, certificates and cache. */
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
