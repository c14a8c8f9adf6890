/**
 * TCP on `Deno.listen` and `Deno.connect`.
 *
 * @module
 */
import {
  isExact,
  spelledEnds,
  systemAddress,
  withZone,
} from "../../core/options/addr.ts";
import { connOver } from "../../core/stream/conn.ts";
import { bareOptions } from "../../core/options/own_options.ts";
import type {
  TcpConnectPlan,
  TcpListenPlan,
} from "../../core/options/stream.ts";
import { socketError } from "../../core/errno.ts";
import type { SocketError } from "../../api/errors.ts";
import type { Conn, Listener, NetAddr } from "../../api/stream.ts";
import { translate } from "./errors.ts";
import { backendOver } from "./conn.ts";
import { addressesFree, listenerOver } from "./listen.ts";
import { checkZone, interfaces, zoneError } from "./zones.ts";

/** See `Network.listen`. */
export async function listenTcp(
  plan: TcpListenPlan,
): Promise<Listener<NetAddr>> {
  const refused = unsupported(plan);
  if (refused !== undefined) throw refused;
  await addressesFree();
  plan.signal?.throwIfAborted();
  const { host, port, backlog, noDelay, keepAlive, reusePort } = plan;
  const hostname = systemAddress(host.name);
  checkZone(hostname, "listen", plan.address);
  let inner: Deno.TcpListener;
  try {
    // Deno's own types know `reusePort` only where its flag is given.
    const options: Deno.TcpListenOptions & { reusePort?: boolean } =
      bareOptions({
        hostname,
        port,
        tcpBacklog: backlog,
      });
    if (reusePort) options.reusePort = true;
    inner = Deno.listen(options);
  } catch (error) {
    throw zoneError(translate(error, "listen", plan.address), hostname);
  }
  const bound = inner.addr;
  const address = addrOf(withZone(bound.hostname, host.name), bound.port);
  return listenerOver(inner, {
    address,
    ends({ localAddr, remoteAddr }) {
      if (isExact(address.hostname)) return [address, copyOf(remoteAddr)];
      const [local, remote] = spelledEnds(
        localAddr.hostname,
        remoteAddr.hostname,
        address.hostname,
        interfaces,
      );
      return [addrOf(local, localAddr.port), addrOf(remote, remoteAddr.port)];
    },
    prepare(conn) {
      if (noDelay) conn.setNoDelay(true);
      if (keepAlive) conn.setKeepAlive(true);
    },
    close(close) {
      close();
    },
  });
}

/**
 * See `Network.connect`; Deno races the addresses of a name, and can be told to stop.
 *
 * @param signal This attempt's own, which is changed; see {@linkcode hideAbort}.
 */
export async function connectTcp(
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
  const { localAddr, remoteAddr } = inner;
  return connOver(
    backendOver(
      inner,
      addrOf(withZone(localAddr.hostname, host.name), localAddr.port),
      addrOf(withZone(remoteAddr.hostname, host.name), remoteAddr.port),
    ),
  );
}

/**
 * Hides the abort of a signal from the check that Deno makes after connecting.
 *
 * If the signal aborts while the result is on its way, that check throws, and the
 * connection, which is never closed, stays open (seen with 2.9.6). The connecting itself is
 * cancelled by the event. Can go when an aborted `Deno.connect` leaves nothing open.
 */
function hideAbort(signal: AbortSignal): AbortSignal {
  return Object.defineProperty(
    signal,
    "throwIfAborted",
    bareOptions({ value() {} }),
  );
}

function unsupported(plan: TcpListenPlan): SocketError | undefined {
  const no = (reason: string) =>
    socketError("ENOTSUP", "listen", plan.address, { reason });
  if (plan.ipv6Only) return no("Deno cannot set ipv6Only");
  // Asked for without the flag, Deno ends the process; the flag shows in what
  // it adds.
  if (plan.reusePort && !("listenDatagram" in Deno)) {
    return no("on Deno reusePort needs --unstable-net");
  }
  return undefined;
}

/** Of an IPv4 address, which has one spelling. */
function copyOf({ hostname, port }: Deno.NetAddr): NetAddr {
  return addrOf(hostname, port);
}

function addrOf(hostname: string, port: number): NetAddr {
  return { transport: "tcp", hostname, port };
}
