/**
 * A backend of datagram sockets that records, for tests.
 *
 * @module
 */
import type { NetAddr } from "../../../src/api/stream.ts";
import type {
  DatagramBackend,
  DatagramControls,
} from "../../../src/core/datagram/backend.ts";

export const own: NetAddr = {
  transport: "udp",
  hostname: "127.0.0.1",
  port: 1,
};

export const peer: NetAddr = { ...own, port: 2 };

/** @param remoteAddr The peer, of a connected socket. */
export function fakeBackend(
  { remoteAddr, controls = {} }: {
    remoteAddr?: NetAddr;
    controls?: Partial<DatagramControls>;
  } = {},
) {
  const log: string[] = [];
  const backend: DatagramBackend = {
    addr: own,
    remoteAddr,
    errorAddr: remoteAddr ?? own,
    attach() {},
    receiveWaiting() {},
    connect: () => Promise.resolve(),
    send(bytes, to) {
      log.push(`send ${bytes.byteLength} to ${(to ?? remoteAddr)?.port}`);
      return Promise.resolve(bytes.byteLength);
    },
    resolve: ({ port }) => ({ ...peer, port }),
    turn() {
      log.push("turn");
      return Promise.resolve();
    },
    controls: controls as DatagramControls,
    close: () => void log.push("close"),
    ref() {},
    unref() {},
  };
  return { backend, log };
}

export const LIMITS = {
  maxQueuedBytes: 1000,
  maxQueuedDatagrams: 10,
  maxDatagramBytes: 100,
};
