/**
 * The contenders: servers and clients.
 *
 * @module
 */
import { DATAGRAM_PROGRAMS } from "./datagram_contenders.ts";
import { TLS_CLIENTS, TLS_SERVERS } from "./tls_contenders.ts";

/** The task of a server; "tls-" roles are the same tasks over TLS. */
export type Role =
  | "echo"
  | "sink"
  | "source"
  | "burst"
  | "tls-echo"
  | "tls-sink"
  | "tls-source"
  | "udp-in"
  | "udp-out";

/** A program under test. */
export interface Contender {
  /** Its name in the report. */
  readonly name: string;
  /** The runtime that executes it. */
  readonly runtime: RuntimeName;
  /** Its file in `servers/` or `clients/`; absent for the servers in C. */
  readonly program?: string;
  /** Flags of the runtime, before the file. */
  readonly flags?: readonly string[];
  /**
   * The mode of its program for each role that it has; for a client, for each role of
   * the server that it connects to.
   */
  readonly ways: Partial<Readonly<Record<Role, string>>>;
  /** Its workloads, if they are not all of its roles. */
  readonly only?: readonly string[];
  /** Its buffer size for bulk transfer, if that is not 64 KiB. */
  readonly bufferBytes?: number;
  /** Whether it cannot report the received bytes as a sink. */
  readonly silentSink?: boolean;
  /** Whether it is the minimal promise API over the runtime's API. */
  readonly bare?: boolean;
}

/** A runtime's name in the report. */
export type RuntimeName = "Deno" | "Node" | "Bun" | "Python" | "C";

/** The workloads in which the loop of a server may be measurable. */
const SERVING = ["ping-pong 50", "churn"];

/** Servers and their accepted connections, and datagram programs. */
export const SERVERS = {
  denoRaw: {
    name: "Deno.listen, read and write",
    runtime: "Deno",
    program: "deno_raw.mjs",
    ways: { echo: "loop", sink: "loop", source: "loop", burst: "loop" },
  },
  deno: {
    name: "Anyport on Deno, read and write",
    runtime: "Deno",
    program: "anyport.mjs",
    ways: { echo: "read", sink: "read", source: "write", burst: "write" },
  },
  denoServe: {
    name: "Anyport on Deno, serve()",
    runtime: "Deno",
    program: "anyport.mjs",
    ways: { echo: "served-read" },
    only: SERVING,
  },
  denoPiping: {
    name: "Deno's own streams",
    runtime: "Deno",
    program: "deno_raw.mjs",
    ways: { echo: "streams", sink: "streams", source: "streams" },
    silentSink: true,
  },
  denoStreams: {
    name: "Anyport on Deno, streams",
    runtime: "Deno",
    program: "anyport.mjs",
    ways: { echo: "streams", sink: "streams", source: "streams" },
  },
  denoCopy: {
    name: "Anyport on Deno, copy()",
    runtime: "Deno",
    program: "anyport.mjs",
    ways: { echo: "copy" },
  },
  nodeRaw: {
    name: "node:net, 'data' and write",
    runtime: "Node",
    program: "node_raw.mjs",
    ways: { echo: "data", sink: "data", source: "data", burst: "data" },
  },
  nodePipe: {
    name: "node:net, pipe",
    runtime: "Node",
    program: "node_raw.mjs",
    ways: { echo: "pipe" },
  },
  nodeCork: {
    name: "node:net, corked",
    runtime: "Node",
    program: "node_raw.mjs",
    ways: { burst: "cork" },
  },
  nodeAwait: {
    name: "a bare await of node:net",
    runtime: "Node",
    program: "awaiting.mjs",
    ways: { echo: "chunk", sink: "chunk" },
    bare: true,
  },
  nodeAwaitRead: {
    name: "a bare await of node:net, into a buffer",
    runtime: "Node",
    program: "awaiting.mjs",
    ways: { echo: "read", sink: "read", source: "write" },
    bare: true,
  },
  node: {
    name: "Anyport on Node, read and write",
    runtime: "Node",
    program: "anyport.mjs",
    ways: { echo: "read", sink: "read", source: "write", burst: "write" },
  },
  nodeChunk: {
    name: "Anyport on Node, readChunk",
    runtime: "Node",
    program: "anyport.mjs",
    ways: { echo: "chunk", sink: "chunk" },
  },
  nodeServe: {
    name: "Anyport on Node, serve()",
    runtime: "Node",
    program: "anyport.mjs",
    ways: { echo: "served-chunk" },
    only: SERVING,
  },
  nodeWeb: {
    name: "Duplex.toWeb",
    runtime: "Node",
    program: "node_raw.mjs",
    ways: { echo: "web", sink: "web", source: "web" },
  },
  nodeStreams: {
    name: "Anyport on Node, streams",
    runtime: "Node",
    program: "anyport.mjs",
    ways: { echo: "streams", sink: "streams", source: "streams" },
  },
  bunRaw: {
    name: "Bun.listen",
    runtime: "Bun",
    program: "bun_raw.mjs",
    ways: { echo: "data", sink: "data", source: "data", burst: "data" },
  },
  bunAwait: {
    name: "a bare await of Bun.listen",
    runtime: "Bun",
    program: "awaiting.mjs",
    ways: { echo: "chunk", sink: "chunk" },
    bare: true,
  },
  bunAwaitRead: {
    name: "a bare await of Bun.listen, into a buffer",
    runtime: "Bun",
    program: "awaiting.mjs",
    ways: { echo: "read", sink: "read", source: "write" },
    bufferBytes: 256 * 1024,
    bare: true,
  },
  bun: {
    name: "Anyport on Bun, read and write",
    runtime: "Bun",
    program: "anyport.mjs",
    ways: { echo: "read", sink: "read", source: "write", burst: "write" },
    bufferBytes: 256 * 1024,
  },
  bunChunk: {
    name: "Anyport on Bun, readChunk",
    runtime: "Bun",
    program: "anyport.mjs",
    ways: { echo: "chunk", sink: "chunk" },
  },
  bunServe: {
    name: "Anyport on Bun, serve()",
    runtime: "Bun",
    program: "anyport.mjs",
    ways: { echo: "served-chunk" },
    only: SERVING,
  },
  gather: {
    name: "Anyport on Deno, write([…])",
    runtime: "Deno",
    program: "anyport.mjs",
    ways: { burst: "gather" },
  },
  effect: {
    name: "@effect/platform-node",
    runtime: "Node",
    program: "effect.mjs",
    ways: { echo: "pull", sink: "pull", source: "write", burst: "write" },
  },
  asyncio: {
    name: "asyncio streams",
    runtime: "Python",
    program: "asyncio_streams.py",
    ways: { echo: "read", sink: "read", source: "write", burst: "write" },
  },
  c: {
    name: "epoll in C",
    runtime: "C",
    ways: { echo: "", sink: "", source: "", burst: "" },
  },
  ...TLS_SERVERS,
  ...DATAGRAM_PROGRAMS,
} as const satisfies Readonly<Record<string, Contender>>;

/** Clients of the server in C. */
export const CLIENTS = {
  nodeClientRaw: {
    name: "node:net client, 'data' and write",
    runtime: "Node",
    program: "node_raw.mjs",
    ways: { echo: "", source: "" },
  },
  nodeClient: {
    name: "Anyport client on Node",
    runtime: "Node",
    program: "anyport.mjs",
    ways: { echo: "", source: "" },
  },
  bunClientRaw: {
    name: "node:net client on Bun",
    runtime: "Bun",
    program: "node_raw.mjs",
    ways: { echo: "", source: "" },
  },
  bunClient: {
    name: "Anyport client on Bun",
    runtime: "Bun",
    program: "anyport.mjs",
    ways: { echo: "", source: "" },
  },
  ...TLS_CLIENTS,
} as const satisfies Readonly<Record<string, Contender>>;

export type ServerId = keyof typeof SERVERS;
export type ClientId = keyof typeof CLIENTS;
export type ContenderId = ServerId | ClientId;

/** Returns a contender by its id. */
export function contender(id: ContenderId): Contender {
  return { ...SERVERS, ...CLIENTS }[id];
}

/** Whether a contender is measured in a workload. */
export function takesPart(
  { ways, only }: Contender,
  { id, role }: { readonly id: string; readonly role: Role },
): boolean {
  return ways[role] !== undefined && (only?.includes(id) ?? true);
}

/** Whether a role uses TLS. */
export function isOfTls(role: Role): boolean {
  return role.startsWith("tls-");
}

/** Whether a role uses datagrams. */
export function isOfDatagrams(role: Role): boolean {
  return role === "udp-in" || role === "udp-out";
}
