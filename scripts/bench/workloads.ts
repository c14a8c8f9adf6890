/**
 * What is measured, and what is compared with what.
 *
 * @module
 */
import {
  BULK_BUFFER_BYTES,
  type ContenderId,
  type Role,
} from "./contenders.ts";

/** What is counted. */
export type Unit = "messages/s" | "MB/s" | "visits/s" | "bursts/s";

/** A load that is put on each contender, one after the other. */
export interface Workload {
  readonly id: string;
  /** What the report says of it. */
  readonly title: string;
  /** What the server does. */
  readonly role: Role;
  /** Whether a server is measured, or a client. */
  readonly side: "server" | "client";
  /** The load generator's, or the client's, words. */
  readonly words: readonly string[];
  readonly unit: Unit;
  /**
   * Whether both ends share one core. On two, one-way streams come out anywhere
   * within a factor of two: it depends on whose cache the bytes are found in.
   * On one, what counts is the work that a byte takes, the load generator's
   * included.
   */
  readonly oneCore: boolean;
  /** The bytes of the server's buffer. */
  readonly bufferBytes: number;
}

const KIB = 1024;
const server = { side: "server", bufferBytes: BULK_BUFFER_BYTES } as const;
const client = { side: "client", bufferBytes: BULK_BUFFER_BYTES } as const;
const BULK = ["connections=8", "size=65536", "depth=4"];
const ONE_WAY = ["connections=1", "size=65536"];

/** Each is run in rounds, all contenders in every round. */
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
  },
];

/** What is put on servers to see how their cost grows. */
export const GROWTH = {
  /** Messages a second over all connections, 64 B each. */
  rate: 5000,
  connections: [1, 10, 100, 1_000, 10_000],
  /** Bytes of a message, 8 connections, as fast as they go. */
  sizes: [1, 64, KIB, 16 * KIB, 64 * KIB, 256 * KIB, KIB * KIB],
  contenders: ["denoRaw", "deno", "nodeRaw", "node", "bunRaw", "bunChunk", "c"],
} as const;

/** A contender, whom it is measured against, and what is wanted. */
export interface Comparison {
  readonly contender: ContenderId;
  readonly against: ContenderId;
  /** The least ratio that is wanted, by workload. */
  readonly wanted: Readonly<Record<string, number>>;
  /** The most KiB that an idle connection is to cost more. */
  readonly idleKiB?: number;
  /** The most milliseconds that a start is to take more. */
  readonly startMs?: number;
}

export const COMPARISONS: readonly Comparison[] = [
  {
    contender: "deno",
    against: "denoRaw",
    wanted: {
      "ping-pong 1": 0.98,
      "ping-pong 50": 0.97,
      "bulk": 1.0,
      "bulk, two cores": 1.0,
      "sink": 0.98,
      "source": 0.98,
      "churn": 0.97,
      "burst": 1.0,
    },
    idleKiB: 0.5,
    startMs: 2,
  },
  {
    contender: "denoCopy",
    against: "denoPiping",
    wanted: { "ping-pong 50": 2.8, "bulk": 1.4, "churn": 1.5 },
  },
  {
    contender: "denoStreams",
    against: "denoPiping",
    wanted: {
      "ping-pong 50": 2.5,
      "bulk": 1.4,
      "sink": 1.3,
      "source": 1.3,
      "churn": 1.5,
    },
  },
  {
    contender: "node",
    against: "nodeRaw",
    wanted: {
      "ping-pong 1": 0.98,
      "ping-pong 50": 0.95,
      "bulk": 1.0,
      "bulk, two cores": 1.0,
      "sink": 1.05,
      "source": 1.05,
      "churn": 0.95,
      "burst": 1.0,
    },
    startMs: 2,
  },
  {
    contender: "nodeChunk",
    against: "nodeRaw",
    wanted: {
      "ping-pong 1": 0.98,
      "ping-pong 50": 0.95,
      "bulk": 1.0,
      "bulk, two cores": 1.0,
      "sink": 1.05,
      "churn": 0.95,
    },
    // The buffer of a read() would count too.
    idleKiB: 2.5,
  },
  {
    contender: "nodeStreams",
    against: "nodeWeb",
    wanted: {
      "ping-pong 50": 1.1,
      "bulk": 1.4,
      "sink": 1.4,
      "source": 1.4,
      "churn": 1.4,
    },
  },
  {
    contender: "nodeClient",
    against: "nodeClientRaw",
    wanted: {
      "client ping-pong 50": 1.1,
      "client bulk": 1.4,
      "client sink": 1.5,
    },
  },
  {
    contender: "bun",
    against: "bunRaw",
    wanted: {
      "ping-pong 1": 0.97,
      "ping-pong 50": 0.95,
      "bulk": 0.9,
      "bulk, two cores": 0.9,
      "sink": 0.97,
      "source": 0.97,
      "churn": 1.0,
      "burst": 1.0,
    },
    startMs: 2,
  },
  {
    contender: "bunChunk",
    against: "bunRaw",
    wanted: {
      "ping-pong 1": 0.97,
      "ping-pong 50": 0.95,
      "bulk": 0.9,
      "bulk, two cores": 0.9,
      "sink": 0.97,
      "churn": 1.0,
    },
    idleKiB: 1,
  },
  {
    contender: "denoServe",
    against: "deno",
    wanted: { "ping-pong 50": 0.97, "churn": 0.97 },
    idleKiB: 0.5,
  },
  {
    contender: "nodeServe",
    against: "nodeChunk",
    wanted: { "ping-pong 50": 0.97, "churn": 0.97 },
    idleKiB: 0.5,
  },
  {
    contender: "bunServe",
    against: "bunChunk",
    wanted: { "ping-pong 50": 0.97, "churn": 0.97 },
    idleKiB: 0.5,
  },
];
