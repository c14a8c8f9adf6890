/**
 * Both ends of a plain connection, and how each is secured.
 *
 * @module
 */
import type {
  StartTlsClientOptions,
  StartTlsServerOptions,
  TlsConn,
} from "@anyport/sockets";
import { certificates } from "../../certificates.ts";
import type { Net, Pair } from "../case.ts";
import { clientOf, serverOf } from "./pair.ts";

export const ROLES = ["client", "server"] as const;
export type Role = (typeof ROLES)[number];

/** How startTls() is called at either end. */
export interface Sides {
  readonly client: StartTlsClientOptions;
  readonly server: StartTlsServerOptions;
}

/** Both good. */
export async function sidesOf(): Promise<Sides> {
  const certs = await certificates();
  return {
    client: { ...clientOf(certs) },
    server: { role: "server", ...serverOf(certs) },
  };
}

/** Secures both ends at once. */
export function startBoth(
  net: Net,
  { client, server }: Pick<Pair, "client" | "server">,
  sides: Sides,
): Promise<[TlsConn, TlsConn]> {
  return Promise.all([
    net.startTls(client, sides.client),
    net.startTls(server, sides.server),
  ]);
}
