/**
 * What a runtime cannot do, and why: the reasons with which cases are skipped.
 *
 * @module
 */
import { existsSync } from "node:fs";
import process from "node:process";
import type { Capability } from "./case.ts";

/** A runtime, as it calls itself. */
export type RuntimeName = "deno" | "node" | "bun";

/** The runtime that runs this module. */
export const runtimeName: RuntimeName = "Deno" in globalThis
  ? "deno"
  : "Bun" in globalThis
  ? "bun"
  : "node";

/** Why a capability is missing here; `undefined` where it is there. */
export function missing(capability: Capability): string | undefined {
  switch (capability) {
    case "unix":
      return process.platform === "win32"
        ? "Windows: no Unix sockets in the runtimes"
        : undefined;
    case "resetOnClose":
      return on("deno", "Deno has no way to reset a connection");
    case "ipv6Only":
      return on("deno", "Deno cannot set IPV6_V6ONLY");
    case "backlogQueue":
      return on("deno", "Deno leaves the queue to the system");
    case "systemBacklog":
      return runtimeName === "deno"
        ? undefined
        : `${runtimeName} takes connections off the system's queue at once`;
    case "unixBacklog":
      return on("deno", "Deno cannot set the backlog of a Unix socket");
    case "linux":
      return process.platform === "linux"
        ? undefined
        : "only Linux tells what takes effect";
    case "services":
      return existsSync("/etc/services")
        ? undefined
        : "this system has no /etc/services";
    case "keepAliveDelay":
      return on("deno", "Deno cannot set TCP_KEEPIDLE");
  }
}

function on(name: RuntimeName, reason: string): string | undefined {
  return runtimeName === name ? reason : undefined;
}
