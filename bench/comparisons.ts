/**
 * The comparisons and their targets.
 *
 * @module
 */
import type { ContenderId } from "./contenders.ts";

/** A contender, its baseline, and the targets. */
export interface Comparison {
  readonly contender: ContenderId;
  readonly against: ContenderId;
  /** The minimum ratio by workload. */
  readonly wanted: Readonly<Record<string, number>>;
  /** The maximum additional KiB of an idle connection. */
  readonly idleKiB?: number;
  /** The maximum additional milliseconds of a start. */
  readonly startMs?: number;
}

/** Targets for one datagram at a time, against the runtime's API. */
const UDP_IN = { "udp-in 64": 0.9, "udp-in 1400": 0.9 };
const UDP_OUT = { "udp-out 64": 0.9, "udp-out 1400": 0.9 };
const UDP = { ...UDP_IN, ...UDP_OUT };

const DATAGRAMS: readonly Comparison[] = [
  { contender: "denoUdp", against: "denoDgram", wanted: UDP },
  { contender: "denoUdpLoop", against: "denoDgram", wanted: UDP_IN },
  {
    contender: "denoUdpConnected",
    against: "denoDgramConnected",
    wanted: UDP_OUT,
  },
  { contender: "denoUdp", against: "denoUdpRaw", wanted: UDP },
  { contender: "denoUdpMeasured", against: "denoUdpRaw", wanted: UDP_IN },
  { contender: "nodeUdp", against: "nodeDgram", wanted: UDP },
  { contender: "nodeUdpLoop", against: "nodeDgram", wanted: UDP_IN },
  {
    contender: "nodeUdpConnected",
    against: "nodeDgramConnected",
    wanted: UDP_OUT,
  },
  { contender: "bunUdp", against: "bunDgram", wanted: UDP },
  { contender: "bunUdpLoop", against: "bunDgram", wanted: UDP_IN },
  {
    contender: "bunUdpConnected",
    against: "bunDgramConnected",
    wanted: UDP_OUT,
  },
  { contender: "bunUdp", against: "bunUdpRaw", wanted: UDP },
  {
    contender: "bunUdpConnected",
    against: "bunUdpRawConnected",
    wanted: UDP_OUT,
  },
];

/** Targets for TLS, where the runtime does most of the work. */
const TLS_IN = { "tls-handshakes": 0.95, "tls-sink": 0.95 };
const TLS = { ...TLS_IN, "tls-source": 0.95 };
const TLS_CLIENT = { "client tls-handshakes": 0.95 };

const SECURED: readonly Comparison[] = [
  { contender: "denoTls", against: "denoTlsRaw", wanted: TLS },
  { contender: "denoTls", against: "denoNodeTls", wanted: TLS },
  { contender: "nodeTls", against: "nodeTlsRaw", wanted: TLS },
  { contender: "nodeTlsChunk", against: "nodeTlsRaw", wanted: TLS_IN },
  { contender: "bunTls", against: "bunTlsRaw", wanted: TLS },
  { contender: "bunTlsChunk", against: "bunTlsRaw", wanted: TLS_IN },
  {
    contender: "denoTlsClient",
    against: "denoTlsClientRaw",
    wanted: TLS_CLIENT,
  },
  {
    contender: "nodeTlsClient",
    against: "nodeTlsClientRaw",
    wanted: TLS_CLIENT,
  },
  { contender: "bunTlsClient", against: "bunTlsClientRaw", wanted: TLS_CLIENT },
];

/** Targets against a bare await: about five percent. */
const AWAITED = {
  "ping-pong 1": 0.95,
  "ping-pong 50": 0.95,
  "bulk": 0.95,
  "sink": 0.95,
  "churn": 0.95,
};
const AWAITED_BOTH_WAYS = { ...AWAITED, "source": 0.95 };

const BESIDE_BARE: readonly Comparison[] = [
  {
    contender: "node",
    against: "nodeAwaitRead",
    wanted: AWAITED_BOTH_WAYS,
  },
  {
    contender: "nodeChunk",
    against: "nodeAwait",
    wanted: AWAITED,
    idleKiB: 1,
  },
  { contender: "bun", against: "bunAwaitRead", wanted: AWAITED_BOTH_WAYS },
  {
    contender: "bunChunk",
    against: "bunAwait",
    wanted: AWAITED,
    idleKiB: 1,
  },
];

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
    // read() would add the memory of its buffer.
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
  ...BESIDE_BARE,
  ...SECURED,
  ...DATAGRAMS,
];
