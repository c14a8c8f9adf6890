/**
 * The contenders for datagrams.
 *
 * @module
 */
import type { Contender } from "./contenders.ts";

/** Programs that receive or send datagrams. */
export const DATAGRAM_PROGRAMS = {
  denoUdpRaw: {
    name: "Deno.listenDatagram (flagged)",
    runtime: "Deno",
    program: "deno_datagrams.mjs",
    flags: ["--unstable-net"],
    ways: { "udp-in": "receive", "udp-out": "send" },
  },
  denoDgram: {
    name: "node:dgram on Deno",
    runtime: "Deno",
    program: "node_dgram.mjs",
    ways: { "udp-in": "message", "udp-out": "send" },
  },
  denoDgramConnected: {
    name: "node:dgram on Deno, connected",
    runtime: "Deno",
    program: "node_dgram.mjs",
    ways: { "udp-out": "connected" },
  },
  denoUdp: {
    name: "Anyport on Deno, receive and send",
    runtime: "Deno",
    program: "anyport_datagrams.mjs",
    ways: { "udp-in": "receive", "udp-out": "send" },
  },
  denoUdpMeasured: {
    name: "Anyport on Deno, maxDatagramBytes",
    runtime: "Deno",
    program: "anyport_datagrams.mjs",
    ways: { "udp-in": "measured" },
  },
  denoUdpLoop: {
    name: "Anyport on Deno, for await",
    runtime: "Deno",
    program: "anyport_datagrams.mjs",
    ways: { "udp-in": "loop" },
  },
  denoUdpConnected: {
    name: "Anyport on Deno, connected",
    runtime: "Deno",
    program: "anyport_datagrams.mjs",
    ways: { "udp-out": "connected" },
  },
  nodeDgram: {
    name: "node:dgram on Node",
    runtime: "Node",
    program: "node_dgram.mjs",
    ways: { "udp-in": "message", "udp-out": "send" },
  },
  nodeDgramConnected: {
    name: "node:dgram on Node, connected",
    runtime: "Node",
    program: "node_dgram.mjs",
    ways: { "udp-out": "connected" },
  },
  nodeUdp: {
    name: "Anyport on Node, receive and send",
    runtime: "Node",
    program: "anyport_datagrams.mjs",
    ways: { "udp-in": "receive", "udp-out": "send" },
  },
  nodeUdpLoop: {
    name: "Anyport on Node, for await",
    runtime: "Node",
    program: "anyport_datagrams.mjs",
    ways: { "udp-in": "loop" },
  },
  nodeUdpConnected: {
    name: "Anyport on Node, connected",
    runtime: "Node",
    program: "anyport_datagrams.mjs",
    ways: { "udp-out": "connected" },
  },
  bunUdpRaw: {
    name: "Bun.udpSocket",
    runtime: "Bun",
    program: "bun_udp.mjs",
    ways: { "udp-in": "data", "udp-out": "send" },
  },
  bunUdpRawConnected: {
    name: "Bun.udpSocket, connected",
    runtime: "Bun",
    program: "bun_udp.mjs",
    ways: { "udp-out": "connected" },
  },
  bunDgram: {
    name: "node:dgram on Bun",
    runtime: "Bun",
    program: "node_dgram.mjs",
    ways: { "udp-in": "message", "udp-out": "send" },
  },
  bunDgramConnected: {
    name: "node:dgram on Bun, connected",
    runtime: "Bun",
    program: "node_dgram.mjs",
    ways: { "udp-out": "connected" },
  },
  bunUdp: {
    name: "Anyport on Bun, receive and send",
    runtime: "Bun",
    program: "anyport_datagrams.mjs",
    ways: { "udp-in": "receive", "udp-out": "send" },
  },
  bunUdpLoop: {
    name: "Anyport on Bun, for await",
    runtime: "Bun",
    program: "anyport_datagrams.mjs",
    ways: { "udp-in": "loop" },
  },
  bunUdpConnected: {
    name: "Anyport on Bun, connected",
    runtime: "Bun",
    program: "anyport_datagrams.mjs",
    ways: { "udp-out": "connected" },
  },
  cUdp: {
    name: "recvfrom and sendto in C",
    runtime: "C",
    ways: { "udp-in": "one", "udp-out": "one" },
  },
  cUdpMany: {
    name: "recvmmsg and sendmmsg in C",
    runtime: "C",
    ways: { "udp-in": "many", "udp-out": "many" },
  },
} as const satisfies Readonly<Record<string, Contender>>;
