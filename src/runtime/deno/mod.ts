/**
 * Deno: `Deno.listen`, `Deno.Listener.accept` and `Deno.connect`, made whole.
 *
 * @module
 */
import { waitForAttempt } from "../../core/wait/connect_race.ts";
import { type Adapter, lazyDatagrams, lazyTls } from "../adapter.ts";
import { knownOptions, OPTIONS } from "../../core/options/option_names.ts";
import { planConnect, planListen } from "../../core/options/stream.ts";
import { systemOf } from "../../core/options/system.ts";
import type {
  Conn,
  ConnectOptions,
  Listener,
  ListenOptions,
  Network,
} from "../../api/stream.ts";
import { connectTcp, listenTcp } from "./tcp.ts";

const system = systemOf(Deno.build.os);

/**
 * Deno delivers at most 128 results in a turn of the event loop, and up to three turns
 * between them deliver none (seen with 2.9, while 2,000 attempts were pending).
 */
const QUIET_TURNS = 6;

/** Loaded when first needed: each module costs a start-up 0.1 ms. */
const unix = () => import("./unix.ts");

async function listen(options: ListenOptions): Promise<Listener> {
  const plan = planListen(options, system);
  return plan.transport === "tcp"
    ? await listenTcp(plan)
    : await (await unix()).listenUnix(plan);
}

async function connect(given: ConnectOptions): Promise<Conn> {
  const options = knownOptions(given, OPTIONS.connect, "connect");
  const plan = planConnect(options, system);
  const open = async (signal?: AbortSignal): Promise<Conn> =>
    plan.transport === "tcp"
      ? await connectTcp(plan, signal)
      : await (await unix()).connectUnix(plan, signal);
  if (options.signal === undefined && options.timeoutMs === undefined) {
    return await open();
  }
  return await waitForAttempt<Conn>(
    () => {
      const controller = new AbortController();
      return {
        promise: open(controller.signal),
        quietTurns: QUIET_TURNS,
        cancel: () => controller.abort(),
      };
    },
    options,
    plan.address,
  );
}

function onStopSignal(call: () => void): () => void {
  const heard = system.stopSignals.filter((name) => {
    try {
      Deno.addSignalListener(name, call);
      return true;
    } catch (error) {
      // Of those of Windows Deno does not know all.
      if (error instanceof TypeError) return false;
      throw error;
    }
  });
  return () => {
    for (const name of heard) Deno.removeSignalListener(name, call);
  };
}

function services(): Promise<string> {
  return Deno.readTextFile(
    Deno.build.os === "windows"
      ? `${Deno.env.get("SystemRoot")}\\System32\\drivers\\etc\\services`
      : "/etc/services",
  );
}

const datagrams = lazyDatagrams(() => import("./datagram.ts"));

const tls = lazyTls(async () => {
  const [{ tlsOver }, { tlsBackend }] = await Promise.all([
    import("../../core/tls/network.ts"),
    import("./tls.ts"),
  ]);
  return tlsOver({ listen, connect } as Network, tlsBackend);
});

/** The network through Deno. */
export const network = {
  listen,
  connect,
  ...datagrams,
  ...tls,
  onStopSignal,
  services,
} as Adapter;
