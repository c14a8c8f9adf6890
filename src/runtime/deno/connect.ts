/**
 * TCP and Unix connections by `Deno.connect`.
 *
 * @module
 */
import { systemAddress, withZone } from "../../core/options/addr.ts";
import { bareOptions } from "../../core/options/own_options.ts";
import type {
  TcpConnectPlan,
  UnixConnectPlan,
} from "../../core/options/stream.ts";
import { systemOf } from "../../core/options/system.ts";
import { StreamConn } from "../../core/stream/conn.ts";
import { type Attempt, connector } from "../../core/wait/connect_race.ts";
import type { Conn, NetAddr, UnixAddr } from "../../api/stream.ts";
import { DenoConnBackend } from "./conn.ts";
import { translate } from "./errors.ts";
import { addressesFree, addrOf } from "./listen.ts";
import { checkZone, zoneError } from "./zones.ts";

/**
 * Deno delivers at most 128 results in a turn of the event loop. Up to three turns
 * between them deliver none (seen with 2.9, while 2,000 attempts were pending).
 */
const QUIET_TURNS = 6;

/** See `Adapter.connect`. */
export const connect = connector({
  system: systemOf(Deno.build.os),
  tcp: (plan, isLimited) =>
    attempt((signal) => connectTcp(plan, signal), isLimited),
  unix: (plan, isLimited) =>
    attempt((signal) => connectUnix(plan, signal), isLimited),
});

function attempt<S>(
  open: (signal: AbortSignal | undefined) => Promise<S>,
  isLimited: boolean,
): Attempt<S> {
  if (!isLimited) return { promise: open(undefined), cancel() {} };
  const controller = new AbortController();
  return {
    promise: open(controller.signal),
    quietTurns: QUIET_TURNS,
    cancel: () => controller.abort(),
  };
}

/**
 * Connects by TCP; Deno races the addresses of a name.
 *
 * @param signal Belongs to this attempt: see {@linkcode hideAbort}.
 */
async function connectTcp(
  plan: TcpConnectPlan,
  signal: AbortSignal | undefined,
): Promise<Conn<NetAddr>> {
  const { host, port, noDelay, keepAlive } = plan;
  const hostname = systemAddress(host.name);
  checkZone(hostname, "connect", plan.address);
  await addressesFree();
  signal?.throwIfAborted();
  let inner: Deno.TcpConn;
  try {
    inner = await Deno.connect(
      bareOptions({
        hostname,
        port,
        signal: signal && hideAbort(signal),
      }),
    );
  } catch (error) {
    throw zoneError(translate(error, "connect", plan.address), hostname);
  }
  if (signal?.aborted) {
    inner.close();
    throw signal.reason;
  }
  try {
    if (noDelay) inner.setNoDelay(true);
    if (keepAlive) inner.setKeepAlive(true);
  } catch (error) {
    inner.close();
    throw translate(error, "connect", plan.address);
  }
  const { localAddr: local, remoteAddr: remote } = inner;
  return new StreamConn(
    new DenoConnBackend(inner, {
      localAddr: addrOf(withZone(local.hostname, host.name), local.port),
      remoteAddr: addrOf(withZone(remote.hostname, host.name), remote.port),
    }),
  );
}

/**
 * Hides the abort of a signal from the check that Deno makes after connecting.
 *
 * If the signal aborts after Deno has connected, that check throws, and the connection
 * stays open (seen with 2.9.6). The abort event still cancels the attempt. Can go when
 * an aborted `Deno.connect` closes the connection.
 */
function hideAbort(signal: AbortSignal): AbortSignal {
  return Object.defineProperty(
    signal,
    "throwIfAborted",
    bareOptions({ value() {} }),
  );
}

/** Connects to a Unix socket. */
export async function connectUnix(
  { path, address }: Pick<UnixConnectPlan, "path" | "address">,
  signal: AbortSignal | undefined,
): Promise<Conn<UnixAddr>> {
  await addressesFree();
  let inner: Deno.UnixConn;
  try {
    inner = await Deno.connect(bareOptions({ transport: "unix", path }));
  } catch (error) {
    throw translate(error, "connect", address);
  }
  // Deno ignores a signal here. Connecting to a Unix socket does not wait, so the check
  // afterwards is enough.
  if (signal?.aborted) {
    inner.close();
    throw signal.reason;
  }
  return new StreamConn(
    new DenoConnBackend(inner, {
      localAddr: unixAddrOf(inner.localAddr),
      remoteAddr: address,
    }),
  );
}

/** Returns the address of a Unix socket. Deno gives the path `null` if there is none. */
export function unixAddrOf({ path }: Deno.UnixAddr): UnixAddr {
  return { transport: "unix", path: path ?? "" };
}
