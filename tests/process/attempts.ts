/**
 * Calls that open sockets, or send a datagram, that a program makes, told as data.
 *
 * @module
 */
import type {
  Addr,
  ConnectDatagramOptions,
  ConnectOptions,
  DatagramTarget,
  ListenDatagramOptions,
  ListenOptions,
} from "@anyport/sockets";
import type { InetSocketAddress } from "@anyport/sockets/berkeley";
import { assertEquals } from "@std/assert";
import type { Runtime } from "../runtimes.ts";
import { type ProgramOptions, start } from "./program.ts";

/** A call to make. */
export type Attempt =
  | ["bind", InetSocketAddress]
  | ["listen", ListenOptions]
  | ["connect", ConnectOptions]
  | ["listenDatagram", ListenDatagramOptions]
  | ["connectDatagram", ConnectDatagramOptions]
  | ["send", { readonly from: string; readonly to: DatagramTarget }];

/** How a call went: the address opened, or the error. */
export interface Outcome {
  readonly address?: Addr;
  /** Where its class is found, such as `"errors.NotFound"`. */
  readonly error?: string;
  readonly code?: string;
  readonly message?: string;
  /** The message of its cause. */
  readonly causedBy?: string;
}

/** Lets a program make the calls one after the other, and close what they opened at its end. */
export async function outcomes(
  runtime: Runtime,
  attempts: readonly Attempt[],
  options?: ProgramOptions,
): Promise<Outcome[]> {
  await using child = start(
    runtime,
    "attempts",
    [JSON.stringify(attempts)],
    options,
  );
  const told: Outcome[] = [];
  while (told.length < attempts.length) {
    told.push(await child.tells<Outcome>("outcome"));
  }
  const { code, stderr } = await child.exit();
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  return told;
}
