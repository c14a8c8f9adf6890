/**
 * UDP sockets on `node:dgram`, which every runtime has without a flag.
 *
 * @module
 */
import {
  type BindOptions,
  createSocket,
  type Socket,
  type SocketOptions,
} from "node:dgram";
import { type Attempt, waitForAttempt } from "../../core/wait/connect_race.ts";
import { systemAddress } from "../../core/options/addr.ts";
import { UdpConn } from "../../core/datagram/conn.ts";
import {
  planConnectDatagram,
  planListenDatagram,
  type UdpPlan,
} from "../../core/options/datagram.ts";
import { type Host, reachable } from "../../core/options/hostname.ts";
import { knownOptions, OPTIONS } from "../../core/options/option_names.ts";
import { bareOptions } from "../../core/options/own_options.ts";
import type {
  ConnectDatagramOptions,
  DatagramConn,
  ListenDatagramOptions,
} from "../../api/datagram.ts";
import { socketError } from "../../core/errno.ts";
import type { WaitOptions } from "../../api/stream.ts";
import { DgramBackend } from "./dgram_conn.ts";
import type { DgramTraits } from "./dgram_traits.ts";
import type { DatagramAdapter } from "../adapter.ts";
import { translate } from "./errors.ts";
import { lacksZone, resolveName } from "./dns.ts";

/** Creates the datagram adapter of a runtime with these traits. */
export function datagramsOf(traits: DgramTraits): DatagramAdapter {
  return {
    listenDatagram(given: ListenDatagramOptions): Promise<DatagramConn> {
      const options = knownOptions(
        given,
        OPTIONS.listenDatagram,
        "take datagrams",
      );
      const plan = planListenDatagram(options);
      return open(plan, { signal: options.signal });
    },
    connectDatagram(given: ConnectDatagramOptions): Promise<DatagramConn> {
      const options = knownOptions(
        given,
        OPTIONS.connectDatagram,
        "exchange datagrams",
      );
      return open(planConnectDatagram(options), options);
    },
  };

  function open(plan: UdpPlan, options: WaitOptions): Promise<DatagramConn> {
    const start = () => openUdp(plan, traits);
    return waitForAttempt(start, options, plan.address, plan.operation);
  }
}

/** Begins to open a socket. */
function openUdp(
  plan: UdpPlan,
  traits: DgramTraits,
): Attempt<DatagramConn> {
  const opening = new Opening();
  const promise = open(plan, traits, opening).catch((error) => {
    throw traits.explain(error, undefined);
  });
  return { promise, cancel: () => opening.cancel() };
}

/** The socket of a pending open, to be closed if the open fails or is cancelled. */
class Opening {
  #socket: { close(): void } | undefined;
  #isCancelled = false;

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Closes the socket at once, so that its address is free. */
  cancel(): void {
    this.#isCancelled = true;
    this.close();
  }

  /** @param socket The object to close from now on: the socket, or its backend. */
  owns(socket: { close(): void }): void {
    this.#socket = socket;
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }
}

async function open(
  plan: UdpPlan,
  traits: DgramTraits,
  opening: Opening,
): Promise<DatagramConn> {
  const { operation, address } = plan;
  const refusal = traits.refusal(plan);
  if (refusal !== undefined) {
    throw socketError("ENOTSUP", operation, address, { reason: refusal });
  }
  const peer = plan.peer && {
    ...await literalOf(plan.peer.host, plan.host?.family, plan),
    port: plan.peer.port,
  };
  if (peer !== undefined) {
    if (lacksZone(peer.name)) throw socketError("EINVAL", operation, address);
    // Rejects if the zone is no interface.
    await traits.zoned(peer.name, operation, address);
  }
  const local = plan.host !== undefined
    ? await literalOf(plan.host, undefined, plan)
    : { name: traits.localFor(reachable(peer!)), family: peer!.family };
  await traits.addressesFree?.();
  const checkCancelled = () => {
    if (opening.isCancelled) {
      throw socketError("ECONNABORTED", operation, address);
    }
  };
  checkCancelled();
  const socket = createSocket(bareOptions({
    type: local.family === 6 ? "udp6" : "udp4",
    reuseAddr: plan.reuseAddress,
    reusePort: plan.reusePort,
    ipv6Only: plan.ipv6Only,
    lookup: asItIs,
  }) as unknown as SocketOptions);
  opening.owns(socket);
  try {
    traits.prepare?.(socket);
    const known = await traits.zoned(local.name, operation, address);
    checkCancelled();
    await bind(
      socket,
      bareOptions({
        address: known,
        port: plan.port,
        exclusive: peer !== undefined,
      }),
    );
    checkCancelled();
    if (plan.receiveBufferBytes !== undefined) {
      socket.setRecvBufferSize(plan.receiveBufferBytes);
    }
    if (plan.sendBufferBytes !== undefined) {
      socket.setSendBufferSize(plan.sendBufferBytes);
    }
    traits.limit?.(socket, plan.maxDatagramBytes);
    const backend = new DgramBackend(socket, local, plan.broadcast, traits);
    opening.owns(backend);
    if (peer !== undefined) {
      await backend.connect(
        await backend.resolve({ host: peer, port: peer.port }),
      );
    }
    checkCancelled();
    return new UdpConn(backend, plan);
  } catch (error) {
    socket.on("error", () => {});
    opening.close();
    throw translate(error, operation, address);
  }
}

/**
 * Returns a literal as it is, or an address of a name: the first, or the first of
 * `family`.
 */
async function literalOf(
  host: Host,
  family: number | undefined,
  { operation, address }: UdpPlan,
): Promise<Host> {
  if (host.family !== 0) {
    return { name: systemAddress(host.name), family: host.family };
  }
  const found = await resolveName(host.name, operation, address);
  const fit = found.find((one) =>
    family === undefined || one.family === family
  );
  if (fit === undefined) {
    throw socketError("EAFNOSUPPORT", operation, address, {
      reason: `the name has no IPv${family} address`,
    });
  }
  return { name: fit.address, family: fit.family === 6 ? 6 : 4 };
}

function bind(socket: Socket, where: BindOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("listening", () => {
      socket.off("error", reject);
      resolve();
    });
    socket.bind(where);
  });
}

/**
 * Replaces the DNS lookup of `node:dgram`. Every address is a literal already, for
 * which the default lookup would take a turn.
 */
function asItIs(
  address: string,
  family: number,
  done: (error: null, address: string, family: number) => void,
): void {
  done(null, address, family);
}
