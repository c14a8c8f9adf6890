/**
 * A datagram backend without a socket, for tests of the queues and of `UdpConn`.
 *
 * @module
 */
import type { NetAddr } from "../../../src/api/stream.ts";
import type {
  DatagramBackend,
  DatagramControls,
} from "../../../src/core/datagram/backend.ts";
import type { ReceiveQueue } from "../../../src/core/datagram/receive_queue.ts";
import type {
  InboxLimits,
  Target,
} from "../../../src/core/options/datagram.ts";

/** The local address. */
export const LOCAL: NetAddr = {
  transport: "udp",
  hostname: "127.0.0.1",
  port: 1,
};

/** The peer of a connected socket, and the source of datagrams. */
export const PEER: NetAddr = { ...LOCAL, port: 2 };

/** The default limits of `listenDatagram`. */
export const LIMITS: InboxLimits = {
  maxQueuedBytes: 1024 * 1024,
  maxQueuedDatagrams: 4096,
  maxDatagramBytes: 65535,
};

/** Records the calls of a socket; a test feeds the queue that it attaches. */
export class FakeDatagramBackend implements DatagramBackend {
  readonly addr = LOCAL;
  readonly errorAddr = LOCAL;
  remoteAddr: NetAddr | undefined;
  /** The calls, such as `"send 3 to 2"` with the size and the port. */
  readonly log: string[] = [];
  /** The argument of each `send`. */
  readonly sent: Uint8Array[] = [];
  readonly waiting: boolean[] = [];
  queue!: ReceiveQueue;
  /** The result of `send`. */
  take: (bytes: Uint8Array) => Promise<number> = ({ byteLength }) =>
    Promise.resolve(byteLength);
  /** The result of `resolve`. */
  find: (target: Target) => NetAddr | Promise<NetAddr> = ({ port }) => ({
    ...LOCAL,
    port,
  });
  /** The result of `turn`. */
  turns: () => Promise<void> = () => Promise.resolve();
  readonly controls: DatagramControls;

  constructor(family: 4 | 6 = 4) {
    const record = (name: string) => (value: unknown) =>
      void this.log.push(`${name} ${JSON.stringify(value)}`);
    this.controls = {
      family,
      setBroadcast: record("broadcast"),
      setTtl: record("ttl"),
      setMulticastTtl: record("multicastTtl"),
      setMulticastLoopback: record("loopback"),
      setMulticastInterface: record("interface"),
      joinMulticast: ({ group }) => record("join")(group),
      leaveMulticast: ({ group }) => record("leave")(group),
    };
  }

  attach(queue: ReceiveQueue): void {
    this.queue = queue;
  }
  receiveWaiting(waiting: boolean): void {
    this.waiting.push(waiting);
  }
  connect(peer: NetAddr): Promise<void> {
    this.log.push(`connect ${peer.port}`);
    return Promise.resolve();
  }
  send(bytes: Uint8Array, to: NetAddr | undefined): Promise<number> {
    this.log.push(`send ${bytes.byteLength} to ${to?.port}`);
    this.sent.push(bytes);
    return this.take(bytes);
  }
  resolve(target: Target): NetAddr | Promise<NetAddr> {
    this.log.push(`resolve ${target.host.name}`);
    return this.find(target);
  }
  turn(): Promise<void> {
    this.log.push("turn");
    return this.turns();
  }
  close(): void {
    this.log.push("close");
  }
  ref(): void {
    this.log.push("ref");
  }
  unref(): void {
    this.log.push("unref");
  }
}
