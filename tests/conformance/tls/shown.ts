/**
 * What servers of TLS show, and what of it cannot be used.
 *
 * @module
 */
import type {
  TlsKeyPair,
  TlsListener,
  TlsListenerOptions,
} from "@anyport/sockets";
import type { Identity } from "../../certificates.ts";
import type { Net } from "../case.ts";
import { assertFirst, assertTalk, connectWell } from "./pair.ts";

/** PEM around what is none. */
export const garbage: TlsKeyPair = {
  cert: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
  key: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
};

/** Listens with nothing but what is given. */
export function listenOnly(
  net: Net,
  options: TlsListenerOptions,
): Promise<TlsListener> {
  return net.listenTls({ hostname: "127.0.0.1", port: 0, ...options });
}

/** Clients that ask for these names are shown these certificates. */
export async function assertShows(
  net: Net,
  listener: TlsListener,
  expected: Record<string, Identity>,
): Promise<void> {
  for (const [serverName, { cert }] of Object.entries(expected)) {
    using client = await connectWell(net, listener, {
      serverName,
      unsafelyDisableHostnameVerification: true,
    });
    using server = await listener.accept();
    assertFirst((await client.handshake()).peerCertificates, cert);
    await assertTalk(client, server);
  }
}
