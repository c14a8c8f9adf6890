/**
 * Which runtime this is: the only place that asks.
 *
 * @module
 */
import { socketError } from "../core/errno.ts";
import type { SocketError } from "../api/errors.ts";
import { shown } from "../core/shown.ts";

/** The runtimes that have an adapter. */
export type RuntimeName = "Deno" | "Node" | "Bun";

/** What of a runtime's globals tells which one it is. */
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
 * This runtime, if it has an adapter. Deno and Bun are asked for first, by their own
 * names, because they answer to Node's as well; and so do others that have no sockets
 * of Node's.
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

/** By its own name, a runtime that may call itself Node and is not. */
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
 * ENOTSUP: nothing here is for this runtime.
 *
 * @param built The runtime that a bundle was made for, where it has only that one.
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
