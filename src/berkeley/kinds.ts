/**
 * The supported combinations of address family, type and protocol.
 *
 * @module
 */
import { socketError } from "../core/errno.ts";
import { shown } from "../core/shown.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  type Family,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SOCK_DGRAM,
  SOCK_STREAM,
  type SocketType,
} from "./constants.ts";

/** @throws {SocketError} the combination is not supported, see `Socket` */
export function checkKind(
  family: Family,
  type: SocketType,
  protocol: number,
): void {
  const refuse = (code: string, reason: string) =>
    socketError(code, "socket", undefined, { reason });
  if (![AF_INET, AF_INET6, AF_UNIX].includes(family)) {
    throw refuse("EAFNOSUPPORT", `there is no address family ${shown(family)}`);
  }
  if (![SOCK_STREAM, SOCK_DGRAM].includes(type)) {
    throw refuse("EINVAL", `there is no type ${shown(type)}`);
  }
  if (family === AF_UNIX && type === SOCK_DGRAM) {
    throw refuse(
      "ENOTSUP",
      "Node and Bun have no Unix datagram sockets, and Deno has them behind a flag",
    );
  }
  const own = type === SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
  if (protocol !== 0 && (protocol !== own || family === AF_UNIX)) {
    throw refuse(
      "EPROTONOSUPPORT",
      `protocol ${shown(protocol)} is none for that`,
    );
  }
}
