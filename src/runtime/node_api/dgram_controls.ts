/**
 * The options of a `dgram.Socket`.
 *
 * @module
 */
import type { Socket } from "node:dgram";
import type { DatagramControls } from "../../core/datagram/backend.ts";
import type { Membership } from "../../core/options/datagram.ts";
import { socketError } from "../../core/errno.ts";
import type { Operation } from "../../api/errors.ts";
import type { NetAddr } from "../../api/stream.ts";
import type { DgramTraits } from "./dgram_traits.ts";
import { translate } from "./errors.ts";

/** The part of the backend that its options use. */
export interface Subject {
  readonly addr: NetAddr;
  setBroadcast(broadcast: boolean): void;
}

/** The options that can be set at any time. */
export class DgramControls implements DatagramControls {
  readonly family: 4 | 6;
  readonly #backend: Subject;
  readonly #socket: Socket;
  readonly #traits: DgramTraits;

  constructor(
    backend: Subject,
    socket: Socket,
    family: 4 | 6,
    traits: DgramTraits,
  ) {
    this.#backend = backend;
    this.#socket = socket;
    this.family = family;
    this.#traits = traits;
  }

  setBroadcast(broadcast: boolean): void {
    this.#try("setBroadcast", () => this.#backend.setBroadcast(broadcast));
  }

  setTtl(ttl: number): void {
    this.#check6("setTtl");
    this.#try("setTtl", () => this.#socket.setTTL(ttl));
  }

  setMulticastTtl(ttl: number): void {
    this.#check6("setMulticastTtl");
    this.#try("setMulticastTtl", () => this.#socket.setMulticastTTL(ttl));
  }

  setMulticastLoopback(loopback: boolean): void {
    this.#try(
      "setMulticastLoopback",
      () => this.#socket.setMulticastLoopback(loopback),
    );
  }

  setMulticastInterface(name: string): void {
    this.#try(
      "setMulticastInterface",
      () => this.#socket.setMulticastInterface(name),
    );
  }

  joinMulticast({ group, interface: name, source }: Membership): void {
    if (source !== undefined) this.#check6("joinMulticast");
    this.#try("joinMulticast", () => {
      if (source === undefined) this.#socket.addMembership(group, name);
      else this.#socket.addSourceSpecificMembership(source, group, name);
    });
  }

  leaveMulticast({ group, interface: name, source }: Membership): void {
    if (source !== undefined) this.#check6("leaveMulticast");
    this.#try("leaveMulticast", () => {
      if (source === undefined) this.#socket.dropMembership(group, name);
      else this.#socket.dropSourceSpecificMembership(source, group, name);
    });
  }

  #check6(operation: Operation): void {
    if (this.family === 4 || this.#traits.controls6) return;
    throw socketError("ENOTSUP", operation, this.#backend.addr, {
      reason: "this runtime can do that for IPv4 only",
    });
  }

  #try(operation: Operation, set: () => void): void {
    try {
      set();
    } catch (error) {
      throw translate(error, operation, this.#backend.addr);
    }
  }
}
