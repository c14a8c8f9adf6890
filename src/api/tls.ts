/**
 * The interface of TLS: connections that are encrypted, and whose ends know
 * each other.
 *
 * @module
 */
import type {
  Addr,
  Conn,
  ConnectOptions,
  Listener,
  ListenOptions,
  TcpConnectOptions,
  TcpListenOptions,
  UnixConnectOptions,
  UnixListenOptions,
  WaitOptions,
} from "./stream.ts";

/** A version of the protocol (RFC 5246, RFC 8446). Older ones are never spoken. */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/**
 * A certificate and its private key, in PEM (RFC 7468). Both may be in one text, which
 * is then given for both.
 *
 * The same rules hold on every runtime. Certificates are well-formed DER of version 3
 * (RFC 5280 §4.1). Keys, of all certificates: RSA of 2048..8192 bits, ECDSA on P-256,
 * P-384 or P-521, Ed25519; RSA-PSS on Node alone. Signatures, but for those of roots:
 * not with MD5 or SHA-1. What breaks a rule is refused when it is given, by InvalidData
 * (EBADMSG) that says why.
 */
export interface TlsKeyPair {
  /**
   * The certificate, and behind it those that lead to a root: each
   * `BEGIN CERTIFICATE` of the text. Its keyUsage, if any, allows digitalSignature;
   * its critical extensions are those of RFC 5280, on Deno without policies.
   */
  readonly cert: string;
  /**
   * Its key, without a passphrase: the text's first `BEGIN PRIVATE KEY` (PKCS#8),
   * `BEGIN RSA PRIVATE KEY` (PKCS#1) or `BEGIN EC PRIVATE KEY` (SEC 1).
   */
  readonly key: string;
}

/** What a handshake has found out. */
export interface TlsInfo {
  /** What both ends chose to speak (ALPN, RFC 7301); `null` for nothing in particular. */
  readonly alpnProtocol: string | null;
  /** The version of TLS. */
  readonly version: TlsVersion;
  /** The cipher suite by its registered name, such as `"TLS_AES_128_GCM_SHA256"`. */
  readonly cipher: string;
  /**
   * The server's name that the client has sent (SNI, RFC 6066 §3), in lower case
   * without a dot at its end; `null` for none.
   */
  readonly serverName: string | null;
  /**
   * The peer's certificate in DER (RFC 5280), and behind it: on a client with
   * `caCerts` the path to the anchor; otherwise what the peer has sent, and what the
   * runtime adds. None where the peer has none.
   */
  readonly peerCertificates: readonly Uint8Array[];
  /**
   * Whether the peer's certificate leads to a trusted root, is valid now and is
   * for this use. On a client it always is. On a server it is `false` with
   * `clientAuth: "request"` for a client whose certificate is missing or does not.
   */
  readonly verified: boolean;
}

/** What both ends of TLS may say. */
export interface TlsOptions {
  /**
   * What this end speaks, as registered for ALPN (RFC 7301), such as `"h2"`: the
   * one wanted most first. Each has 1..255 bytes. Where both ends name some and
   * have none in common, the handshake fails.
   */
  alpnProtocols?: readonly string[] | undefined;
  /** The oldest version spoken. Defaults to `"TLSv1.2"`. */
  minVersion?: TlsVersion | undefined;
  /**
   * The cipher suites that may be used, by their registered names, such as
   * `"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"`: those of TLS 1.3 (RFC 8446 §B.4) and
   * of TLS 1.2, the one wanted most first. A version of which none is named is not
   * spoken. Defaults to the three of TLS 1.3 with GCM or ChaCha20-Poly1305, and the
   * six of TLS 1.2 with ECDHE and one of those. Others, such as
   * `"TLS_RSA_WITH_AES_128_GCM_SHA256"`, lack forward secrecy or authenticated
   * encryption (RFC 9325 §4.2) and are used only if named here.
   *
   * What the runtime cannot do is `NotSupported`. Deno uses all default suites of a
   * version or none, in its own order; so does Bun in TLS 1.3. Suites with DHE are
   * Node's alone.
   */
  ciphers?: readonly string[] | undefined;
  /**
   * How long the handshake may take in milliseconds, 0..2147483647, or `Infinity`.
   * Then it fails with ETIMEDOUT, and the connection is closed. Counted from when
   * the connection was made or accepted. Defaults to 30000.
   */
  handshakeTimeoutMs?: number | undefined;
}

/** How a client secures a connection. */
export interface TlsClientOptions extends TlsOptions {
  /**
   * What to trust, in PEM, in place of the runtime's roots: CAs, of which an
   * intermediate one is an anchor too; and certificates that have signed themselves,
   * each for itself alone. A certificate of another kind is no anchor. Old ones, of
   * version 1 or with a weak key, are none either: a list may have some, but a list of
   * nothing else is refused by InvalidData (EBADMSG), as is what is not well-formed.
   *
   * A chain is trusted where RFC 5280 §6 has it so: every certificate is well-formed
   * DER of version 3, in its time, for its use and below the names that its CAs
   * allow; keys are RSA from 2,048 bits on, P-256, P-384, P-521 or Ed25519; signatures
   * below the anchor use SHA-256, SHA-384 or SHA-512. Revocation is not checked.
   */
  caCerts?: readonly string[] | undefined;
  /**
   * The name that the server is asked for (SNI, RFC 6066 §3) and that its certificate
   * must be for, where that is not the `hostname` connected to. It is sent in lower
   * case and without a dot at its end. An IP literal is not sent, and must be one of
   * the certificate's IP addresses, whatever address is connected to.
   *
   * The certificate's subject alternative names count, and no common name; `*` stands
   * for one whole left-most label (RFC 9525 §6.3).
   */
  serverName?: string | undefined;
  /**
   * Takes a certificate for any name. Whether it leads to a trusted root is still
   * found out. A peer with such a certificate, for whatever name, can then read
   * and change everything: not for production. Off by default.
   */
  unsafelyDisableHostnameVerification?: boolean | undefined;
  /** The client's own certificate, for servers that ask for one: see {@linkcode TlsKeyPair}. */
  cert?: string | undefined;
  /** Its key. */
  key?: string | undefined;
}

/** What a client asks for before anything is agreed on. */
export interface TlsClientHello {
  /**
   * The server's name that it wants, in lower case without a dot at its end; `null`
   * where it names none. A host name, unless `allowAnyServerName` lets others in;
   * `constructor` is one too: look names up in a `Map`.
   */
  readonly serverName: string | null;
  /** What it speaks, the one wanted most first; bytes above 127 as Latin-1. */
  readonly alpnProtocols: readonly string[];
}

/** What a server shows, and the clients that it trusts: what can be changed while it listens. */
export interface TlsCredentials {
  /** The certificate for clients that name no server, or one not in `serverNames`. */
  cert?: string | undefined;
  /** Its key. */
  key?: string | undefined;
  /**
   * Certificates by server name, such as `"example.com"`; `"*.example.com"` is for
   * every name with one label more, that has none of its own. Without `cert`,
   * clients that ask for another name are refused.
   */
  serverNames?: { readonly [serverName: string]: TlsKeyPair } | undefined;
  /**
   * Chooses a certificate for each client, where `serverNames` has none. The
   * handshake waits for it. `undefined` means `cert`; when it throws or rejects,
   * the client is refused.
   */
  chooseCertificate?:
    | ((
      hello: TlsClientHello,
    ) => TlsKeyPair | undefined | Promise<TlsKeyPair | undefined>)
    | undefined;
  /**
   * What to trust of clients' certificates, in PEM: see
   * {@linkcode TlsClientOptions.caCerts}. Needed with `clientAuth`. On Node an
   * intermediate CA needs its root beside it, and is `NotSupported` otherwise.
   */
  caCerts?: readonly string[] | undefined;
}

/** How a server secures connections. */
export interface TlsServerOptions extends TlsOptions, TlsCredentials {
  /**
   * Whether clients are asked for a certificate. `"require"` refuses those
   * without one that leads to one of `caCerts`. `"request"` accepts those too, and
   * {@linkcode TlsInfo.verified} tells; a malformed certificate is refused all the
   * same. A resumed session is held to the verdict with which it began. Defaults to
   * `"none"`.
   */
  clientAuth?: "none" | "request" | "require" | undefined;
  /**
   * How long a client may take to send its first message (ClientHello, RFC 8446
   * §4.1.2) whole, in milliseconds, 0..2147483647, or `Infinity`; never longer than
   * `handshakeTimeoutMs`. Then the handshake fails with ETIMEDOUT, and the connection
   * is closed. Counted from when the connection was accepted, or `startTls` called.
   * Defaults to 10000.
   */
  helloTimeoutMs?: number | undefined;
  /**
   * Lets clients ask for a server name that is no host name, such as
   * `"../../etc/passwd"`, an IP address or bytes above 127 (as Latin-1). Unless set, they
   * are refused with the alert `unrecognized_name` before `chooseCertificate` is asked;
   * where neither that nor `serverNames` nor `maxHandshakes` is given, once the
   * handshake is done. Such a name is told as it came: it is a stranger's text. The
   * runtime's TLS may refuse it all the same. Off by default.
   */
  allowAnyServerName?: boolean | undefined;
  /**
   * Whether clients may resume a session by a ticket (RFC 8446 §2.2). What the
   * runtime does unless given; what it cannot do is `NotSupported`.
   */
  sessionTickets?: boolean | undefined;
}

/** How a listener secures its connections. */
export interface TlsListenerOptions extends TlsServerOptions {
  /**
   * How many handshakes may be under way at once, 1 or more; further ones wait in
   * the order in which they came, and their time runs. A client takes a place once
   * its ClientHello is whole, and gives it back when its handshake ends, however it
   * does; silent clients take none (see `helloTimeoutMs`). How many may wait is for
   * the limits of connections to say: each has been accepted. No limit unless given.
   */
  maxHandshakes?: number | undefined;
}

/** How to listen for TLS over TCP. */
export interface TcpListenTlsOptions
  extends TcpListenOptions, TlsListenerOptions {}

/** How to listen for TLS on a Unix socket. */
export interface UnixListenTlsOptions
  extends UnixListenOptions, TlsListenerOptions {}

/** How to listen for TLS. */
export type ListenTlsOptions = ListenOptions & TlsListenerOptions;

/** How to connect with TLS over TCP. */
export interface TcpConnectTlsOptions
  extends TcpConnectOptions, TlsClientOptions {}

/** How to connect with TLS to a Unix socket. */
export interface UnixConnectTlsOptions
  extends UnixConnectOptions, TlsClientOptions {}

/** How to connect with TLS. */
export type ConnectTlsOptions = ConnectOptions & TlsClientOptions;

/** How to secure a connection that is there, as its client. */
export interface StartTlsClientOptions extends TlsClientOptions {
  /** This end is the client, which is the default. */
  role?: "client" | undefined;
  /**
   * The name that the connection was made to: the `serverName`, unless that is given.
   * Defaults to the peer's IP address.
   */
  hostname?: string | undefined;
}

/** How to secure a connection that is there, as its server. */
export interface StartTlsServerOptions extends TlsServerOptions {
  /** This end is the server. */
  role: "server";
}

/** How to secure a connection that is there. */
export type StartTlsOptions = StartTlsClientOptions | StartTlsServerOptions;

/**
 * A connection secured by TLS.
 *
 * The handshake begins by itself. Reads and writes wait for it and fail with it.
 *
 * What differs from a plain connection: the peer's end is its close_notify alert
 * (RFC 8446 §6.1). A connection that ends without one was cut off, by accident or
 * by an attacker: reads reject {@linkcode errors.UnexpectedEof} instead of
 * resolving `null`. Bytes that were tampered with reject
 * {@linkcode errors.InvalidData}. `closeWrite()` sends close_notify, then FIN;
 * `close()` sends it too.
 *
 * `close()` before the handshake is done rejects everything that waits at once. The
 * handshake goes on for a second at most, so that close_notify can be sent; a peer
 * that takes longer sees a reset where the runtime can send one. So does it at once
 * if a write waited, or after `reset()`. Where there is no reset it sees an end
 * without close_notify. A peer that is refused never sees close_notify.
 *
 * `close()` holds the descriptor until the peer has ended too, for at most a second
 * after close_notify is with the system, for which a slow peer has ten.
 */
export interface TlsConn<A extends Addr = Addr> extends Conn<A> {
  /**
   * Waits for the end of the handshake. It may be called again and again.
   *
   * In TLS 1.3 a client is done before the server has seen its certificate: that
   * it was refused is told by the first read.
   *
   * @returns What was agreed on, and who the peer is.
   * @throws {errors.InvalidData} EPROTO, the peer's certificate is not trusted, or not
   *   for its name; or the ends have no protocol in common; or it is no TLS
   * @throws {errors.UnexpectedEof} EOF, the peer ended before it was done
   * @throws {errors.ConnectionReset} ECONNRESET
   * @throws {errors.TimedOut} ETIMEDOUT, past `handshakeTimeoutMs` or `helloTimeoutMs`,
   *   which ends the connection, or past `timeoutMs`, which ends the waiting
   * @throws `signal.reason`, when it aborts; the handshake goes on
   * @throws {errors.Interrupted} EINTR, closed here while waiting
   */
  handshake(options?: WaitOptions): Promise<TlsInfo>;
}

/** A socket that listens for connections and secures them. */
export interface TlsListener<A extends Addr = Addr> extends Listener<A> {
  /**
   * Waits for the next connection, not for its handshake: see
   * {@linkcode Listener.accept}.
   */
  accept(options?: WaitOptions): Promise<TlsConn<A>>;

  /** See {@linkcode Listener}. */
  [Symbol.asyncIterator](): AsyncIterableIterator<TlsConn<A>>;

  /**
   * Uses other certificates from now on. What is given takes the place of what was;
   * connections that are there live on.
   *
   * @throws {errors.InvalidData} EBADMSG, a certificate or key that cannot be used;
   *   those in use stay
   * @throws {TypeError} an option that makes no sense
   */
  reload(credentials: TlsCredentials): Promise<void>;
}
