/**
 * The commands that start contenders.
 *
 * @module
 */
import { join } from "node:path";
import {
  type Contender,
  isOfDatagrams,
  isOfTls,
  type Role,
  type RuntimeName,
} from "./contenders.ts";

const HERE = import.meta.dirname!;

/** The executables and their arguments. */
export interface Programs {
  readonly deno: readonly string[];
  readonly node: readonly string[];
  readonly bun: string;
  readonly python: string;
  /** The stream server in C. */
  readonly server: string;
  /** The TLS server in C. */
  readonly tlsServer: string;
  /** The datagram program in C. */
  readonly udpServer: string;
}

/** A burst: the number of writes, and the bytes of each. */
export const BURST = { count: 10_000, size: 16 };

/** The default buffer for bulk transfer. */
export const BULK_BUFFER_BYTES: number = 64 * 1024;

/** The command of a server; `undefined` if the contender does not have the role. */
export function serverCommand(
  contender: Contender,
  role: Role,
  bufferBytes: number,
  programs: Programs,
): string[] | undefined {
  const way = contender.ways[role];
  if (way === undefined) return undefined;
  const burst = [String(BURST.size), String(BURST.count)];
  const own = bufferBytes === BULK_BUFFER_BYTES
    ? contender.bufferBytes
    : undefined;
  const words = role === "burst" ? burst : [String(own ?? bufferBytes)];
  if (contender.program === undefined) {
    if (isOfTls(role)) return [programs.tlsServer, role];
    return isOfDatagrams(role)
      ? [programs.udpServer, role, way, ...words]
      : [programs.server, role, ...role === "burst" ? burst : []];
  }
  const file = join(HERE, "servers", contender.program);
  return [
    ...interpreter(contender.runtime, programs),
    ...contender.flags ?? [],
    file,
    role,
    way,
    ...words,
  ];
}

/** The command of a client. */
export function clientCommand(
  contender: Contender,
  words: readonly string[],
  programs: Programs,
): string[] {
  const file = join(HERE, "clients", contender.program!);
  return [...interpreter(contender.runtime, programs), file, ...words];
}

function interpreter(
  runtime: RuntimeName,
  programs: Programs,
): readonly string[] {
  switch (runtime) {
    case "Deno":
      return programs.deno;
    case "Node":
      return programs.node;
    case "Bun":
      return [programs.bun];
    case "Python":
      return [programs.python];
    case "C":
      throw new Error("what is compiled needs no interpreter");
  }
}
