/**
 * The contenders for TLS.
 *
 * @module
 */
import type { Contender } from "./contenders.ts";

/** Servers and their accepted TLS connections. */
export const TLS_SERVERS = {
  denoTlsRaw: {
    name: "Deno.listenTls",
    runtime: "Deno",
    program: "deno_raw.mjs",
    ways: { "tls-echo": "loop", "tls-sink": "loop", "tls-source": "loop" },
  },
  denoNodeTls: {
    name: "node:tls on Deno",
    runtime: "Deno",
    program: "node_raw.mjs",
    ways: { "tls-echo": "data", "tls-sink": "data", "tls-source": "data" },
  },
  denoTls: {
    name: "Anyport on Deno, listenTls",
    runtime: "Deno",
    program: "anyport.mjs",
    ways: { "tls-echo": "read", "tls-sink": "read", "tls-source": "write" },
  },
  nodeTlsRaw: {
    name: "node:tls on Node",
    runtime: "Node",
    program: "node_raw.mjs",
    ways: { "tls-echo": "data", "tls-sink": "data", "tls-source": "data" },
  },
  nodeTls: {
    name: "Anyport on Node, listenTls",
    runtime: "Node",
    program: "anyport.mjs",
    ways: { "tls-echo": "read", "tls-sink": "read", "tls-source": "write" },
  },
  nodeTlsChunk: {
    name: "Anyport on Node, listenTls, readChunk",
    runtime: "Node",
    program: "anyport.mjs",
    ways: { "tls-echo": "chunk", "tls-sink": "chunk" },
  },
  bunTlsRaw: {
    name: "Bun.listen with tls",
    runtime: "Bun",
    program: "bun_raw.mjs",
    ways: { "tls-echo": "data", "tls-sink": "data", "tls-source": "data" },
  },
  bunTls: {
    name: "Anyport on Bun, listenTls",
    runtime: "Bun",
    program: "anyport.mjs",
    ways: { "tls-echo": "read", "tls-sink": "read", "tls-source": "write" },
  },
  bunTlsChunk: {
    name: "Anyport on Bun, listenTls, readChunk",
    runtime: "Bun",
    program: "anyport.mjs",
    ways: { "tls-echo": "chunk", "tls-sink": "chunk" },
  },
  cTls: {
    name: "epoll and OpenSSL in C",
    runtime: "C",
    ways: { "tls-echo": "", "tls-sink": "", "tls-source": "" },
  },
} as const satisfies Readonly<Record<string, Contender>>;

/** Clients of the server in C, which verify its certificate. */
export const TLS_CLIENTS = {
  denoTlsClientRaw: {
    name: "Deno.connectTls",
    runtime: "Deno",
    program: "deno_tls.mjs",
    ways: { "tls-echo": "" },
  },
  denoTlsClient: {
    name: "Anyport client on Deno, connectTls",
    runtime: "Deno",
    program: "anyport_tls.mjs",
    ways: { "tls-echo": "" },
  },
  nodeTlsClientRaw: {
    name: "node:tls client",
    runtime: "Node",
    program: "node_tls.mjs",
    ways: { "tls-echo": "" },
  },
  nodeTlsClient: {
    name: "Anyport client on Node, connectTls",
    runtime: "Node",
    program: "anyport_tls.mjs",
    ways: { "tls-echo": "" },
  },
  bunTlsClientRaw: {
    name: "Bun.connect with tls",
    runtime: "Bun",
    program: "bun_tls.mjs",
    ways: { "tls-echo": "" },
  },
  bunTlsClient: {
    name: "Anyport client on Bun, connectTls",
    runtime: "Bun",
    program: "anyport_tls.mjs",
    ways: { "tls-echo": "" },
  },
} as const satisfies Readonly<Record<string, Contender>>;
