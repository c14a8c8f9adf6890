/**
 * What a runtime cannot do, and why: the reasons with which cases are skipped.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
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
    case "loopbackNet":
      // `ifconfig lo0` there; RFC 1122 §3.2.1.3 has all of 127/8 loop back.
      return process.platform === "darwin"
        ? "macOS: of 127.0.0.0/8 the loopback interface has 127.0.0.1 alone"
        : undefined;
    case "largeDatagrams":
      // `sysctl net.inet.udp.maxdgram` there.
      return process.platform === "darwin"
        ? "macOS: datagrams have 9,216 bytes at most"
        : undefined;
    case "bytesBeforeReset":
      // "recv function (winsock.h)", WSAECONNRESET.
      return process.platform === "win32"
        ? "Windows: a reset discards what was not read"
        : undefined;
    case "resetBeforeAccept":
      // Seen on Wine 10.
      return process.platform === "win32"
        ? "Windows: a connection that was reset is accepted, and its first read tells"
        : undefined;
    case "dualStack":
      // denoland/deno#36168.
      return process.platform === "win32"
        ? on("deno", "Windows: Deno listens on :: for IPv6 alone")
        : undefined;
    case "writesWait":
      // Seen on Wine 10.
      return process.platform === "win32"
        ? on("deno", "Windows: the system takes what Deno sends at once, whole")
        : undefined;
    case "reusePort":
      return sharesNoPorts() ?? (runtimeName === "deno" && !("listenDatagram" in
          (globalThis as { Deno?: object }).Deno!)
        ? "Deno takes it with --unstable-net only"
        : reusesNoPorts());
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
    case "clientAnchors":
      return on(
        "node",
        "tls.createServer() of Node does not take allowPartialTrustChain",
      );
    case "services":
      return existsSync("/etc/services")
        ? undefined
        : "this system has no /etc/services";
    case "refusals":
      return on(
        "deno",
        "Deno does not connect datagram sockets, so refusals are not reported",
      ) ??
        // `uv_process_udp_recv_req` in its src/win/udp.c.
        (process.platform === "win32"
          ? "Windows: libuv takes no notice of WSAECONNRESET"
          : undefined);
    case "socketBuffers":
      return on("deno", "Deno cannot set SO_RCVBUF and SO_SNDBUF");
    case "datagramReusePort":
      return on("deno", "Deno cannot set SO_REUSEPORT of datagram sockets") ??
        sharesNoPorts() ?? reusesNoPorts();
    case "hops6":
      return on("deno", "Deno sets hops and sources for IPv4 only");
    case "unixDatagrams":
      return "no runtime has ones that send while they receive";
    case "openssl":
      return HAS_OPENSSL ? undefined : "needs program openssl";
    case "tlsWithinTls":
      return on("bun", "Bun cannot secure what is secured already");
    case "rsaPss":
      return on("deno", "Deno has no RSA-PSS keys in TLS") ??
        on("bun", "Bun has no RSA-PSS keys");
    case "criticalPolicies":
      return on("deno", "Deno does not read certificate policies");
    case "cipherChoice":
      return on("deno", "Deno does not read lists of cipher suites");
    case "cipherChoice13":
      return on("deno", "Deno does not read lists of cipher suites") ??
        on("bun", "Bun does not choose those of TLS 1.3");
    case "dheSuites":
      return on("deno", "Deno has no suites with DHE") ??
        on("bun", "Bun has no suites with DHE");
    case "tlsClientAlerts":
      return runtimeName === "deno"
        ? undefined
        : `${runtimeName} looks at a server's certificate after the handshake, when only it could encrypt an alert`;
    case "keepAliveDelay":
      return on("deno", "Deno cannot set TCP_KEEPIDLE");
  }
}

/** It makes the certificates. */
const HAS_OPENSSL = spawnSync("openssl", ["version"]).status === 0;

const NODE_REUSES_PORTS = (() => {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major > 23 || (major === 23 && minor >= 1) ||
    (major === 22 && minor >= 12);
})();

/** See `src/core/options/system.ts`. */
function sharesNoPorts(): string | undefined {
  return process.platform === "win32" || process.platform === "darwin"
    ? "Windows and macOS have no SO_REUSEPORT that spreads connections"
    : undefined;
}

function reusesNoPorts(): string | undefined {
  return runtimeName === "node" && !NODE_REUSES_PORTS
    ? "this version of Node cannot set SO_REUSEPORT"
    : undefined;
}

function on(name: RuntimeName, reason: string): string | undefined {
  return runtimeName === name ? reason : undefined;
}
