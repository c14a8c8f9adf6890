/**
 * The workloads.
 *
 * @module
 */
import { BULK_BUFFER_BYTES } from "./commands.ts";
import type { Role } from "./contenders.ts";

/** The unit of a result. */
export type Unit =
  | "messages/s"
  | "MB/s"
  | "visits/s"
  | "handshakes/s"
  | "bursts/s"
  | "datagrams/s";

/** A load that is applied to each contender. */
export interface Workload {
  readonly id: string;
  /** Its title in the report. */
  readonly title: string;
  /** The role of the server. */
  readonly role: Role;
  /** The side that is measured. */
  readonly side: "server" | "client";
  /** The arguments of the load generator, or of the client. */
  readonly words: readonly string[];
  readonly unit: Unit;
  /**
   * Whether both peers share one core. On two cores, one-way streams vary by a factor of
   * two, depending on which cache holds the bytes. On one core, the result is the work
   * per byte, including that of the load generator.
   */
  readonly oneCore: boolean;
  /**
   * Whether ratios compare the contender's CPU time instead of the throughput. Used where
   * the load generator does as much work, or where the contender waits.
   */
  readonly byCpu?: boolean;
  /** The bytes of the server's buffer, or of each datagram. */
  readonly bufferBytes: number;
}

const KIB = 1024;
const server = { side: "server", bufferBytes: BULK_BUFFER_BYTES } as const;
const client = { side: "client", bufferBytes: BULK_BUFFER_BYTES } as const;
const BULK = ["connections=8", "size=65536", "depth=4"];
const ONE_WAY = ["connections=1", "size=65536"];

/** A datagram workload, receiving or sending, with datagrams of `size` bytes. */
function udp(role: "udp-in" | "udp-out", size: number): Workload {
  const what = role === "udp-in"
    ? "that come in as fast as they can be sent"
    : "that go out, one after the other";
  return {
    side: "server",
    id: `${role} ${size}`,
    title: `datagrams of ${size.toLocaleString("en-US")} B ${what}, two cores`,
    role,
    words: [role, `size=${size}`],
    unit: "datagrams/s",
    oneCore: false,
    bufferBytes: size,
  };
}

/** All workloads; each round runs all contenders. */
export const WORKLOADS: readonly Workload[] = [
  {
    ...server,
    id: "ping-pong 1",
    title: "64 B there and back, 1 connection, one core",
    role: "echo",
    words: ["echo", "connections=1", "size=64"],
    unit: "messages/s",
    oneCore: true,
  },
  {
    ...server,
    id: "ping-pong 50",
    title: "64 B there and back, 50 connections, two cores",
    role: "echo",
    words: ["echo", "connections=50", "size=64"],
    unit: "messages/s",
    oneCore: false,
  },
  {
    ...server,
    id: "bulk",
    title: "64 KiB there and back, 4 at a time on 8 connections, one core",
    role: "echo",
    words: ["echo", ...BULK],
    unit: "MB/s",
    oneCore: true,
  },
  {
    ...server,
    id: "bulk, two cores",
    title: "the same on two cores",
    role: "echo",
    words: ["echo", ...BULK],
    unit: "MB/s",
    oneCore: false,
  },
  {
    ...server,
    id: "sink",
    title: "the server reads, one core",
    role: "sink",
    words: ["sink", ...ONE_WAY],
    unit: "MB/s",
    oneCore: true,
  },
  {
    ...server,
    id: "source",
    title: "the server writes blocks of 64 KiB, one core",
    role: "source",
    words: ["source", ...ONE_WAY],
    unit: "MB/s",
    oneCore: true,
  },
  {
    ...server,
    id: "churn",
    title: "connect, one byte, its echo, close; 16 at a time, two cores",
    role: "echo",
    words: ["churn", "connections=16"],
    unit: "visits/s",
    oneCore: false,
    bufferBytes: KIB,
  },
  {
    ...server,
    id: "burst",
    title: "10,000 writes of 16 B in one turn, two cores",
    role: "burst",
    words: ["burst", "size=16", "count=10000"],
    unit: "bursts/s",
    oneCore: false,
  },
  {
    ...client,
    id: "client ping-pong 50",
    title: "a client of 50 connections, 64 B there and back, two cores",
    role: "echo",
    words: ["echo", "connections=50", "size=64", "depth=1"],
    unit: "messages/s",
    oneCore: false,
  },
  {
    ...client,
    id: "client bulk",
    title: "a client of 8 connections, 64 KiB there and back, two cores",
    role: "echo",
    words: ["echo", ...BULK],
    unit: "MB/s",
    oneCore: false,
  },
  {
    ...client,
    id: "client sink",
    title: "a client that reads, two cores",
    role: "source",
    words: ["sink", ...ONE_WAY],
    unit: "MB/s",
    oneCore: false,
    // The client is idle half of the time: no server sends as fast as it reads.
    byCpu: true,
  },
  {
    ...server,
    id: "tls-handshakes",
    title:
      "connect, a whole handshake, 64 B there and back, close; 16 at a time, two cores",
    role: "tls-echo",
    words: ["tls-handshakes", "connections=16", "size=64"],
    unit: "handshakes/s",
    oneCore: false,
    byCpu: true,
    bufferBytes: KIB,
  },
  {
    ...server,
    id: "tls-sink",
    title: "the server reads what is secured, one core",
    role: "tls-sink",
    words: ["tls-sink", ...ONE_WAY],
    unit: "MB/s",
    oneCore: true,
  },
  {
    ...server,
    id: "tls-source",
    title: "the server writes blocks of 64 KiB to be secured, one core",
    role: "tls-source",
    words: ["tls-source", ...ONE_WAY],
    unit: "MB/s",
    oneCore: true,
  },
  {
    ...client,
    id: "client tls-handshakes",
    title:
      "a client that does the same and verifies the certificate, 16 at a time, two cores",
    role: "tls-echo",
    words: ["handshakes", "connections=16", "size=64"],
    unit: "handshakes/s",
    oneCore: false,
    byCpu: true,
  },
  udp("udp-in", 64),
  udp("udp-in", 1400),
  udp("udp-out", 64),
  udp("udp-out", 1400),
];

/** The loads that show how the cost of servers grows. */
export const GROWTH = {
  /** Messages per second over all connections, 64 B each. */
  rate: 5000,
  connections: [1, 10, 100, 1_000, 10_000],
  /** Bytes per message on 8 connections, at full speed. */
  sizes: [1, 64, KIB, 16 * KIB, 64 * KIB, 256 * KIB, KIB * KIB],
  contenders: ["denoRaw", "deno", "nodeRaw", "node", "bunRaw", "bunChunk", "c"],
} as const;
