/**
 * Calls of datagram sockets as data, and what can be known of the sockets before
 * each: whether it would wait for ever, or do what the two are known to do
 * differently.
 *
 * @module
 */
import type {
  Call,
  FamilyName,
  Numbers,
  Outcome,
  SocketModel,
} from "./socket_calls.ts";

/** How many sockets there are at most, closed ones too. */
const MOST = 12;

/** One socket, as far as its calls tell. */
interface Known {
  readonly family: FamilyName;
  state: "fresh" | "bound" | "connected" | "closed";
  peer: number | undefined;
  /** What waits to be received: how long each is, and who sent it. */
  readonly unread: { readonly size: number; readonly from: number }[];
  receives: boolean;
  sends: boolean;
  /** SO_REUSEADDR, now; and whether it was on at any time. */
  reuses: boolean;
  reused: boolean;
  /** Bound to every address, by a call that needed one. */
  any: boolean;
  /** What is next depends on what only one of the two remembers, or hears of. */
  unclear: boolean;
}

/** What is done first: of each family two sockets that are bound, one that is not, and a pair. */
export const DATAGRAM_OPENING: readonly Call[] =
  (["inetDgram", "inet6Dgram"] as const).flatMap((family, i): Call[] => {
    const ids = [0, 1, 2, 3, 4].map((id) => 5 * i + id);
    const [a, b, , c, d] = ids;
    return [
      ...ids.map((id): Call => ({ op: "socket", id, family })),
      ...[a, b, c, d].map((id): Call => ({ op: "bind", id, family })),
      { op: "connect", id: c, other: d },
      { op: "connect", id: d, other: c },
    ];
  });

/** What is known of all. */
export class DatagramSockets implements SocketModel {
  readonly all: Known[] = [];

  choose([op, a, b, n]: Numbers): Call | undefined {
    if (op === "socket") {
      if (this.all.length >= MOST) return undefined;
      const family = a % 3 === 0 ? "inet6Dgram" : "inetDgram";
      return { op, id: this.all.length, family };
    }
    const id = a % this.all.length, other = b % this.all.length;
    const one = this.all[id];
    const { family, state } = one;
    if (one.unclear && op !== "close") return undefined;
    const there = this.all[other];
    const sameFamily = there.family === family && hasOneName(there);
    switch (op) {
      case "bind":
        return { op, id, family };
      case "bindTaken":
        if (!sameFamily || there.state === "fresh") return undefined;
        // Linux asks for the option of the other as it is now.
        return one.reuses && there.reused ? undefined : { op, id, other };
      case "bindForeign":
        // What is asked first, whether it is bound or where, is not said.
        return family === "inetDgram" &&
            (state === "fresh" || state === "closed")
          ? { op, id }
          : undefined;
      case "connect":
        return sameFamily && this.#mayConnect(id, other)
          ? { op, id, other }
          : undefined;
      case "send":
      case "shutdown":
        // What is then unclear would soon be all.
        if ((state === "fresh" || state === "bound") && n % 8 > 0) {
          return undefined;
        }
        return { op, id, number: op === "send" ? n % 1000 : n % 3 };
      case "sendto":
        if (!sameFamily) return undefined;
        // Elsewhere than to its peer only Linux sends.
        if (state === "connected" && one.peer !== other) return undefined;
        return { op, id, other, number: n % 1000 };
      case "sendtoAll":
        return family === "inetDgram" && state !== "connected"
          ? { op, id, number: n % 1000 }
          : undefined;
      case "recv":
      case "recvfrom": {
        const waits = one.unread.length === 0 && one.receives;
        return waits && state !== "closed"
          ? undefined
          : { op, id, number: 1 + n % 1200 };
      }
      case "getsockname":
        // Deno, which does not connect it, keeps it bound to every address.
        return one.any && state === "connected" ? undefined : { op, id };
      case "reuseAddr":
        return { op, id, number: n % 2 };
      case "broadcast":
        return { op, id, number: n % 4 > 0 ? 1 : 0 };
      default:
        return { op, id };
    }
  }

  note(call: Call, outcome: Outcome): void {
    const { op, id, other, number = 0 } = call;
    const one = this.all[id];
    if ("code" in outcome) {
      this.#noteRefusal(one, call);
      return;
    }
    switch (op) {
      case "socket":
        this.all.push(unknown(call.family!));
        return;
      case "bind":
      case "bindTaken":
        one.state = "bound";
        return;
      case "connect":
        one.state = "connected";
        one.peer = other;
        return;
      case "send":
        this.#noteSent(id, one.peer!, number);
        return;
      case "sendto":
        this.#noteBound(one);
        this.#noteSent(id, other!, number);
        return;
      case "sendtoAll":
        this.#noteBound(one);
        return;
      case "recv":
      case "recvfrom":
        one.unread.shift();
        return;
      case "shutdown":
        if (number !== 1) one.receives = false;
        if (number !== 0) one.sends = false;
        return;
      case "reuseAddr":
        one.reuses = number !== 0;
        one.reused ||= one.reuses;
        return;
      case "close":
        one.state = "closed";
        return;
    }
  }

  #mayConnect(id: number, other: number): boolean {
    const one = this.all[id];
    // Linux takes port 0 for a peer.
    if (this.all[other].state === "fresh") return false;
    // What has come from others is received on Linux, and may not be here.
    if (one.unread.some(({ from }) => from !== other)) return false;
    if (one.state !== "connected") return true;
    // It gets another port with a second peer, which is not known.
    return id !== other &&
      this.all.every(({ peer, unread }) =>
        peer !== id && unread.every(({ from }) => from !== id)
      );
  }

  #noteRefusal(one: Known, { op }: Call): void {
    if (one.state === "closed") return;
    // Linux binds a socket for a send that it then refuses; and remembers a
    // shutdown, though it refuses it.
    if (op === "sendtoAll") this.#noteBound(one);
    else if (op === "send" || op === "sendto") {
      if (one.state === "fresh") one.unclear = true;
    } else if (op === "shutdown") one.unclear = true;
  }

  /** A call has needed an address. */
  #noteBound(one: Known): void {
    if (one.state !== "fresh") return;
    one.state = "bound";
    one.any = true;
  }

  #noteSent(id: number, to: number, size: number): void {
    const there = this.all[to];
    const open = there.state === "bound" ||
      (there.state === "connected" && there.peer === id);
    if (open) there.unread.push({ size, from: id });
    // Who is connected is told, if the runtime tells.
    else if (this.all[id].state === "connected") this.all[id].unclear = true;
  }
}

/** Not where only one of the two may have bound it. */
function hasOneName({ state, unclear }: Known): boolean {
  return state !== "closed" && !(state === "fresh" && unclear);
}

function unknown(family: FamilyName): Known {
  return {
    family,
    state: "fresh",
    peer: undefined,
    unread: [],
    receives: true,
    sends: true,
    reuses: false,
    reused: false,
    any: false,
    unclear: false,
  };
}
