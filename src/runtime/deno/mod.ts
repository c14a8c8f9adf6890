/**
 * The adapter of Deno, on `Deno.listen`, `Deno.Listener.accept` and `Deno.connect`.
 *
 * @module
 */
import { systemOf } from "../../core/options/system.ts";
import { adapterOf } from "../adapter.ts";
import { listenTcp } from "./listen.ts";

const system = systemOf(Deno.build.os);

/** The adapter of Deno. */
export const adapter = adapterOf({
  system,
  listenTcp,
  unix: () => import("./unix.ts"),
  connecting: () => import("./connect.ts"),
  datagrams: () => import("./datagram.ts"),
  tls: () => import("./tls.ts"),
  onStopSignal,
  services,
});

function onStopSignal(call: () => void): () => void {
  const added = system.stopSignals.filter((name) => {
    try {
      Deno.addSignalListener(name, call);
      return true;
    } catch (error) {
      // Deno does not support every signal of Windows.
      if (error instanceof TypeError) return false;
      throw error;
    }
  });
  return () => {
    for (const name of added) Deno.removeSignalListener(name, call);
  };
}

function services(): Promise<string> {
  return Deno.readTextFile(
    Deno.build.os === "windows"
      ? `${Deno.env.get("SystemRoot")}\\System32\\drivers\\etc\\services`
      : "/etc/services",
  );
}
