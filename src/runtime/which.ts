/**
 * Detects the current runtime, for all other modules.
 *
 * @module
 */
import { socketError } from "../core/errno.ts";
import type { SocketError } from "../api/errors.ts";
import { shown } from "../core/shown.ts";

/** The runtimes that have an adapter. */
export type RuntimeName = "Deno" | "Node" | "Bun";

/** The globals that identify a runtime. */
interface Globals {
  readonly Deno?: unknown;
  readonly Bun?: unknown;
  readonly EdgeRuntime?: unknown;
  readonly WorkerGlobalScope?: unknown;
  readonly process?: {
    readonly versions?: { readonly node?: unknown };
    readonly browser?: unknown;
  };
  readonly navigator?: { readonly userAgent?: unknown };
}

/**
 * Returns the current runtime, if it has an adapter. Deno and Bun are detected first,
 * by their own globals, because both define Node's globals too. So do other runtimes,
 * which lack Node's sockets.
 */
export function runtimeName(
  globals: Globals = globalThis as Globals,
): RuntimeName | undefined {
  if (typeof globals.Deno === "object") return "Deno";
  if (globals.Bun !== undefined) return "Bun";
  if (otherName(globals) !== undefined) return undefined;
  const { process } = globals;
  return typeof process?.versions?.node === "string" && !process.browser
    ? "Node"
    : undefined;
}

/** Returns the name of a runtime that may define Node's globals and has no adapter. */
function otherName(
  { EdgeRuntime, navigator }: Globals,
): string | undefined {
  if (navigator?.userAgent === "Cloudflare-Workers") {
    return "Cloudflare Workers";
  }
  return typeof EdgeRuntime === "string"
    ? `the edge runtime ${shown(EdgeRuntime)}`
    : undefined;
}

/**
 * Creates the ENOTSUP error of a runtime that this build does not support.
 *
 * @param built The runtime of a bundle that supports only one.
 */
export function unsupported(
  built?: RuntimeName,
  globals: Globals = globalThis as Globals,
): SocketError {
  const here = runtimeName(globals) ?? otherName(globals) ??
    (globals.navigator === undefined
      ? "a runtime that it does not know"
      : globals.WorkerGlobalScope === undefined
      ? "a browser"
      : "a browser's worker");
  const reason = built === undefined || runtimeName(globals) === undefined
    ? `@anyport/sockets runs on Deno, Node and Bun, and this is ${here}`
    : `@anyport/sockets was bundled for ${built}, and this is ${here}; bundle it for ${here}, or leave it out of the bundle`;
  return socketError("ENOTSUP", "socket", undefined, { reason });
}
