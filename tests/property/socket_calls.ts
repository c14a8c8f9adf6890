/**
 * Calls of sockets as data, and what can be known of the sockets before each:
 * whether it would wait for ever, or do what the two are known to do differently.
 *
 * @module
 */

/** The families that are compared. */
export type FamilyName = "inet" | "unix" | "inetDgram" | "inet6Dgram";

/** A call. `number` is a size, a backlog, or what `shutdown` ends. */
export interface Call {
  readonly op:
    | "socket"
    | "bind"
    | "bindTaken"
    | "bindForeign"
    | "listen"
    | "connect"
    | "accept"
    | "send"
    | "sendto"
    | "sendtoAll"
    | "recv"
    | "recvfrom"
    | "shutdown"
    | "close"
    | "getsockname"
    | "getpeername"
    | "reuseAddr"
    | "broadcast"
    | "badOption";
  readonly id: number;
  readonly family?: FamilyName;
  readonly other?: number;
  readonly number?: number;
}

/** What a call came to. */
export type Outcome =
  | { readonly value: unknown }
  | { readonly code: string };

/** What a call is made of: what it does, and three numbers. */
export type Numbers = readonly [Call["op"], number, number, number];

/** What is known of sockets, from the calls that were made. */
export interface SocketModel {
  /** Makes a call out of numbers; `undefined` where it cannot be compared. */
  choose(numbers: Numbers): Call | undefined;
  /** Takes in what a call has done. */
  note(call: Call, outcome: Outcome): void;
}

/** How many sockets there are at most, closed ones too. */
const MOST = 16;

/** One socket, as far as its calls tell. */
interface Known {
  readonly family: FamilyName;
  state: "fresh" | "bound" | "listening" | "connected" | "closed";
  /** Who has connected and was not accepted. */
  readonly waiting: number[];
  /** The other end; of a client that was not accepted, none yet. */
  peer: number | undefined;
  /** The listening socket it has connected to. */
  server: number | undefined;
  /** Bytes on their way to it, or there. */
  unread: number;
  sent: number;
  /** The peer sends no more. */
  ended: boolean;
  receives: boolean;
  sends: boolean;
  /** A reset has come, or may come any moment: what is next is not known. */
  unclear: boolean;
}

/** What is done first: of each family a socket that listens, and two that are connected. */
export const OPENING: readonly Call[] = (["inet", "unix"] as const)
  .flatMap((family, i): Call[] => {
    const [listening, client, server] = [3 * i, 3 * i + 1, 3 * i + 2];
    return [
      { op: "socket", id: listening, family },
      { op: "bind", id: listening, family },
      { op: "listen", id: listening, number: 5 },
      { op: "socket", id: client, family },
      { op: "connect", id: client, other: listening },
      { op: "accept", id: listening, other: server },
    ];
  });

/** What is known of all. */
export class Sockets implements SocketModel {
  readonly all: Known[] = [];

  choose([op, a, b, n]: Numbers): Call | undefined {
    if (op === "socket") {
      if (this.all.length >= MOST) return undefined;
      const family = a % 3 === 0 ? "unix" : "inet";
      return { op, id: this.all.length, family };
    }
    if (this.all.length === 0) return undefined;
    const id = a % this.all.length, other = b % this.all.length;
    const one = this.all[id];
    const { family, state } = one;
    // Over in both directions it is a fresh one again, for Linux.
    const over = state === "connected" && one.ended && !one.sends;
    if ((one.unclear || over) && op !== "close") return undefined;
    const there = this.all[other];
    switch (op) {
      case "bind":
        // A connected AF_UNIX socket could be.
        return family === "unix" && state === "connected"
          ? undefined
          : { op, id, family };
      case "bindTaken":
        // One that listened once may have lost its address, on Linux.
        if (there.family !== family || there.unclear) return undefined;
        if (there.state !== "bound" && there.state !== "listening") {
          return undefined;
        }
        // The file is made before the socket is looked at, and there is none
        // of a bound one here.
        if (family === "unix" && state !== "fresh") return undefined;
        return { op, id, other };
      case "bindForeign":
        // What is asked first, whether it is bound or where, is not said.
        return family === "inet" && (state === "fresh" || state === "closed")
          ? { op, id }
          : undefined;
      case "listen":
        return { op, id, number: n % 7 - 1 };
      case "connect":
        if (state === "bound") return undefined;
        if (there.family !== family) return undefined;
        if (there.state === "listening") {
          // The system's queue holds one more than asked for, or waits; for
          // AF_UNIX it does before it looks at the socket that connects.
          return there.waiting.length < 1 ||
              (family === "inet" && state !== "fresh")
            ? { op, id, other }
            : undefined;
        }
        return family === "inet" && there.state === "bound"
          ? { op, id, other }
          : undefined;
      case "accept":
        if (state === "listening" && one.waiting.length === 0) return undefined;
        if (this.all.length >= MOST) return undefined;
        return { op, id, other: this.all.length };
      case "send":
        if (this.#peerIsDeaf(one)) return undefined;
        // After the peer has closed one more is taken, and the next refused.
        if (state === "connected" && one.sends && this.#peerIsGone(one)) {
          return undefined;
        }
        return { op, id, number: 1 + n % 1000 };
      case "recv": {
        if (state !== "connected") return { op, id, number: 1 };
        if (!one.receives) {
          return one.unread === 0 ? { op, id, number: 1 } : undefined;
        }
        if (one.unread > 0) return { op, id, number: 1 + n % one.unread };
        return one.ended ? { op, id, number: 1 } : undefined;
      }
      case "shutdown":
        return { op, id, number: n % 3 };
      case "reuseAddr":
        return { op, id, number: n % 2 };
      default:
        return { op, id };
    }
  }

  note(call: Call, outcome: Outcome): void {
    const { op, id, other, number = 0 } = call;
    const one = this.all[id];
    // Linux remembers it, though it refuses it, or has no peer to tell.
    const early = one?.state === "fresh" || one?.state === "bound";
    if (op === "shutdown" && early) one.unclear = true;
    // After a connect() that failed the state is unspecified (POSIX): Linux 6.18 lets
    // it listen no more, others do.
    if (op === "connect" && early && "code" in outcome) one.unclear = true;
    if ("code" in outcome) return;
    switch (op) {
      case "socket":
        this.all.push(unknown(call.family!));
        return;
      case "bind":
      case "bindTaken":
        one.state = "bound";
        return;
      case "listen":
        one.state = "listening";
        return;
      case "connect":
        one.state = "connected";
        one.server = other;
        this.all[other!].waiting.push(id);
        return;
      case "accept": {
        const client = one.waiting.shift()!;
        const there = this.all[client];
        this.all.push({
          ...unknown(one.family),
          state: "connected",
          peer: client,
          unread: there.sent,
          ended: !there.sends || there.state === "closed",
          unclear: there.unclear,
        });
        there.peer = other;
        return;
      }
      case "send":
        one.sent += number;
        if (one.peer !== undefined) this.all[one.peer].unread += number;
        return;
      case "recv":
        one.unread -= outcome.value as number;
        return;
      case "shutdown":
        this.#noteShutdown(one, number);
        return;
      case "close":
        this.#noteClose(one);
    }
  }

  #noteShutdown(one: Known, how: number): void {
    if (one.state === "listening" && how !== 1) {
      one.state = "bound";
      this.#abandon(one);
      // What is left of it then is another matter with each: a port that the
      // system chose it takes back, a path it refuses for ever.
      one.unclear = true;
    }
    if (one.state !== "connected") return;
    if (how !== 1) one.receives = false;
    if (how === 0) return;
    one.sends = false;
    if (one.peer !== undefined) this.all[one.peer].ended = true;
  }

  #noteClose(one: Known): void {
    const { state, peer } = one;
    one.state = "closed";
    this.#abandon(one);
    if (state !== "connected") return;
    if (peer === undefined) {
      // It is accepted all the same; what it sent is there.
      one.sends = false;
      return;
    }
    const there = this.all[peer];
    there.ended = true;
    // Closed over what it has not read, it resets; so it does when more comes.
    if (one.unread > 0 || !one.receives) there.unclear = true;
  }

  /** Those who wait at a socket that listens no longer are reset. */
  #abandon(one: Known): void {
    for (const id of one.waiting.splice(0)) this.all[id].unclear = true;
  }

  /** Linux refuses what is sent to it, or resets for it; here no end does. */
  #peerIsDeaf({ family, peer }: Known): boolean {
    if (peer === undefined) return false;
    const { receives, sends } = this.all[peer];
    return !receives && (family === "unix" || !sends);
  }

  #peerIsGone({ peer, server }: Known): boolean {
    if (peer !== undefined) return this.all[peer].state === "closed";
    return server !== undefined && this.all[server].state !== "listening";
  }
}

function unknown(family: FamilyName): Known {
  return {
    family,
    state: "fresh",
    waiting: [],
    peer: undefined,
    server: undefined,
    unread: 0,
    sent: 0,
    ended: false,
    receives: true,
    sends: true,
    unclear: false,
  };
}
