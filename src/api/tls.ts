/**
 * TLS: encrypted and authenticated connections, on every runtime.
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

/** A version of TLS (RFC 5246, RFC 8446). Older versions are not supported. */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/**
 * A certificate and its private key, in PEM (RFC 7468). If both are in one text, pass
 * that text for both.
 *
 * The same rules apply on every runtime. Certificates are well-formed DER, version 3
 * (RFC 5280 §4.1). Keys of all certificates are RSA of 2048..8192 bits, ECDSA on P-256,
 * P-384 or P-521, or Ed25519; on Node also RSA-PSS. Signatures, except those of roots,
 * do not use MD5 or SHA-1. A violation rejects InvalidData (EBADMSG) with the reason.
 */
export interface TlsKeyPair {
  /**
   * The certificate, followed by its chain up to a root: each `BEGIN CERTIFICATE` of
   * the text. Its keyUsage, if present, allows digitalSignature. Its critical
   * extensions are those of RFC 5280, on Deno except the policy extensions.
   */
  readonly cert: string;
  /**
   * The private key, without a passphrase: the text's first `BEGIN PRIVATE KEY`
   * (PKCS#8), `BEGIN RSA PRIVATE KEY` (PKCS#1) or `BEGIN EC PRIVATE KEY` (SEC 1).
   */
  readonly key: string;
}

/** The result of a handshake. */
export interface TlsInfo {
  /** The negotiated protocol (ALPN, RFC 7301); `null` if none was negotiated. */
  readonly alpnProtocol: string | null;
  /** The version of TLS. */
  readonly version: TlsVersion;
  /** The cipher suite by its registered name, such as `"TLS_AES_128_GCM_SHA256"`. */
  readonly cipher: string;
  /**
   * The server name that the client sent (SNI, RFC 6066 §3), in lower case without a
   * trailing dot; `null` for none.
   */
  readonly serverName: string | null;
  /**
   * The peer's certificate in DER (RFC 5280), then its chain: on a client with
   * `caCerts` the path to the anchor; otherwise the certificates that the peer sent or
   * the runtime added. Empty if the peer has none.
   */
  readonly peerCertificates: readonly Uint8Array[];
  /**
   * Whether the peer's certificate leads to a trusted root, is valid now and is for
   * this purpose. Always true on a client. On a server it is `false` with
   * `clientAuth: "request"` if the client's certificate is missing or does not verify.
   */
  readonly verified: boolean;
}

/** TLS options of both roles. */
export interface TlsOptions {
  /**
   * Supported protocols by their ALPN names (RFC 7301), such as `"h2"`, in order of
   * preference; each of 1..255 bytes. If both peers offer protocols and none match,
   * the handshake fails.
   */
  alpnProtocols?: readonly string[] | undefined;
  /** The lowest version to negotiate. Defaults to `"TLSv1.2"`. */
  minVersion?: TlsVersion | undefined;
  /**
   * The enabled cipher suites by their registered names, such as
   * `"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"`, in order of preference: of TLS 1.3
   * (RFC 8446 §B.4) and TLS 1.2. A version without a listed suite is disabled.
   *
   * Defaults to the three of TLS 1.3 with GCM or ChaCha20-Poly1305, and the six of TLS
   * 1.2 with ECDHE and one of those. Others, such as
   * `"TLS_RSA_WITH_AES_128_GCM_SHA256"`, lack forward secrecy or authenticated
   * encryption (RFC 9325 §4.2) and are enabled only if listed.
   *
   * A suite that the runtime lacks rejects `NotSupported`. Deno enables all default
   * suites of a version or none, in its own order; so does Bun for TLS 1.3. Suites with
   * DHE are available only on Node.
   */
  ciphers?: readonly string[] | undefined;
  /**
   * Limits the handshake, in milliseconds, 0..2147483647, or `Infinity`. Past it the
   * handshake fails with ETIMEDOUT and the connection is closed. Counted from when the
   * connection was made or accepted. Defaults to 30000.
   */
  handshakeTimeoutMs?: number | undefined;
}

/** TLS options of a client. */
export interface TlsClientOptions extends TlsOptions {
  /**
   * The trust anchors, in PEM, instead of the runtime's roots. An anchor is a CA
   * certificate, self-signed or intermediate, or a self-signed certificate, which is an
   * anchor only for itself. Others, and those of version 1 or with a weak key, are not
   * anchors. A list without an anchor, or with a malformed certificate, rejects
   * InvalidData (EBADMSG).
   *
   * A chain is trusted according to RFC 5280 §6. Every certificate is well-formed DER of
   * version 3, valid now, valid for its purpose and within the name constraints of its
   * CAs. Keys are RSA of at least 2,048 bits, P-256, P-384, P-521 or Ed25519. Signatures
   * below the anchor use SHA-256, SHA-384 or SHA-512. Revocation is not checked.
   */
  caCerts?: readonly string[] | undefined;
  /**
   * The server name to send (SNI, RFC 6066 §3) and to verify, if it differs from the
   * `hostname` connected to. It is sent in lower case without a trailing dot. An IP
   * literal is not sent; it must be one of the certificate's IP addresses, whatever
   * address is connected to.
   *
   * Only subject alternative names count, not the common name. `*` matches one whole
   * left-most label (RFC 9525 §6.3).
   */
  serverName?: string | undefined;
  /**
   * Accepts a certificate for any name. The chain to a trusted root is still verified.
   * A peer with a trusted certificate for any other name can then read and change all
   * data: not for production. Off by default.
   */
  unsafelyDisableHostnameVerification?: boolean | undefined;
  /** The client's own certificate, for servers that request one: see {@linkcode TlsKeyPair}. */
  cert?: string | undefined;
  /** The key of `cert`. */
  key?: string | undefined;
}

/** The fields of a ClientHello that select a certificate. */
export interface TlsClientHello {
  /**
   * The requested server name, in lower case without a trailing dot; `null` for none.
   * It is a host name, unless `allowAnyServerName` is set. A name such as `constructor`
   * is valid: look names up in a `Map`.
   */
  readonly serverName: string | null;
  /** The offered ALPN protocols, in order of preference; bytes above 127 as Latin-1. */
  readonly alpnProtocols: readonly string[];
}

/** A server's certificates and trust anchors, which `reload()` can replace. */
export interface TlsCredentials {
  /** The certificate for clients without a server name, or with one not in `serverNames`. */
  cert?: string | undefined;
  /** The key of `cert`. */
  key?: string | undefined;
  /**
   * Certificates by server name, such as `"example.com"`. `"*.example.com"` matches
   * every name with one more label that has no entry of its own. Without `cert`,
   * clients that request another name are rejected.
   */
  serverNames?: { readonly [serverName: string]: TlsKeyPair } | undefined;
  /**
   * Chooses a certificate for a client, if `serverNames` has none. The handshake waits
   * for the promise. `undefined` selects `cert`; if it throws or rejects, the client is
   * rejected.
   */
  chooseCertificate?:
    | ((
      hello: TlsClientHello,
    ) => TlsKeyPair | undefined | Promise<TlsKeyPair | undefined>)
    | undefined;
  /**
   * The trust anchors of clients' certificates, in PEM: see
   * {@linkcode TlsClientOptions.caCerts}. Required with `clientAuth`. On Node an
   * intermediate CA also needs its root in the list; otherwise it is `NotSupported`.
   */
  caCerts?: readonly string[] | undefined;
}

/** TLS options of a server. */
export interface TlsServerOptions extends TlsOptions, TlsCredentials {
  /**
   * Whether to request a client certificate. `"require"` rejects clients without one
   * that leads to an anchor of `caCerts`. `"request"` accepts them, with
   * {@linkcode TlsInfo.verified} `false`; a malformed certificate is still rejected. A
   * resumed session keeps the result of its first handshake. Defaults to `"none"`.
   */
  clientAuth?: "none" | "request" | "require" | undefined;
  /**
   * Limits the time until the client's first message (ClientHello, RFC 8446 §4.1.2) is
   * complete, in milliseconds, 0..2147483647, or `Infinity`; never longer than
   * `handshakeTimeoutMs`. Past it the handshake fails with ETIMEDOUT and the connection
   * is closed. Counted from when the connection was accepted, or `startTls` called.
   * Defaults to 10000.
   */
  helloTimeoutMs?: number | undefined;
  /**
   * Allows server names that are not host names, such as `"../../etc/passwd"`, an IP
   * address or bytes above 127 (as Latin-1). By default they are rejected with the alert
   * `unrecognized_name`, before `chooseCertificate` is called. Without
   * `chooseCertificate`, `serverNames` and `maxHandshakes` they are rejected after the
   * handshake. Such a name is passed on unchanged: treat it as untrusted input. The
   * runtime's TLS may still reject it. Off by default.
   */
  allowAnyServerName?: boolean | undefined;
  /**
   * Whether clients may resume a session by a ticket (RFC 8446 §2.2). Defaults to the
   * runtime's behaviour; a value it cannot apply is `NotSupported`.
   */
  sessionTickets?: boolean | undefined;
}

/** TLS options of a listener. */
export interface TlsListenerOptions extends TlsServerOptions {
  /**
   * How many handshakes may run at once, 1 or more. Further ones wait in order of
   * arrival, and their time limit runs. A handshake starts to count once its ClientHello
   * is complete, and stops when it ends; silent clients do not count (see
   * `helloTimeoutMs`). Waiting handshakes belong to accepted connections: limit those to
   * limit the queue. No limit by default.
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

/** How to secure an existing connection, as its client. */
export interface StartTlsClientOptions extends TlsClientOptions {
  /** The local role: the client, which is the default. */
  role?: "client" | undefined;
  /**
   * The name that was connected to: the default of `serverName`. Defaults to the peer's
   * IP address.
   */
  hostname?: string | undefined;
}

/** How to secure an existing connection, as its server. */
export interface StartTlsServerOptions extends TlsServerOptions {
  /** The local role: the server. */
  role: "server";
}

/** How to secure an existing connection. */
export type StartTlsOptions = StartTlsClientOptions | StartTlsServerOptions;

/**
 * A connection secured by TLS.
 *
 * The handshake starts automatically. Pending reads and writes wait for it, and reject
 * if it fails.
 *
 * EOF is the peer's close_notify alert (RFC 8446 §6.1). A connection that ends without
 * one was truncated, by a failure or by an attacker: reads reject
 * {@linkcode errors.UnexpectedEof} instead of resolving `null`. Tampered records reject
 * {@linkcode errors.InvalidData}. `closeWrite()` sends close_notify, then FIN; `close()`
 * also sends close_notify.
 *
 * `close()` during the handshake rejects all pending operations at once. The handshake
 * continues for at most a second, so that close_notify can be sent. If it takes longer,
 * the connection is reset where the runtime can. It is reset at once if a write was
 * pending, or after `reset()`. Without a reset, the peer sees an end without
 * close_notify. A rejected peer never receives close_notify.
 *
 * `close()` keeps the descriptor until the peer closes too, for at most a second after
 * the kernel has accepted close_notify. If the peer reads slowly, that takes at most ten
 * seconds.
 */
export interface TlsConn<A extends Addr = Addr> extends Conn<A> {
  /**
   * Waits for the end of the handshake. It may be called repeatedly.
   *
   * In TLS 1.3 a client's handshake ends before the server verifies the client's
   * certificate; the first read rejects if the server rejected it.
   *
   * @returns The negotiated parameters and the peer's identity.
   * @throws {errors.InvalidData} EPROTO, the peer's certificate is not trusted, or not
   *   for its name; or the peers have no protocol in common; or the peer does not use TLS
   * @throws {errors.UnexpectedEof} EOF, the peer closed during the handshake
   * @throws {errors.ConnectionReset} ECONNRESET
   * @throws {errors.TimedOut} ETIMEDOUT, past `handshakeTimeoutMs` or `helloTimeoutMs`,
   *   which closes the connection, or past `timeoutMs`, which ends only the wait
   * @throws `signal.reason`, when it aborts; the handshake continues
   * @throws {errors.Interrupted} EINTR, closed locally while pending
   */
  handshake(options?: WaitOptions): Promise<TlsInfo>;
}

/** A socket that listens for connections and secures them with TLS. */
export interface TlsListener<A extends Addr = Addr> extends Listener<A> {
  /**
   * Waits for the next connection, and returns before its handshake completes: see
   * {@linkcode Listener.accept}.
   */
  accept(options?: WaitOptions): Promise<TlsConn<A>>;

  /** See {@linkcode Listener}. */
  [Symbol.asyncIterator](): AsyncIterableIterator<TlsConn<A>>;

  /**
   * Replaces the certificates. An omitted option keeps its value; existing connections
   * are not affected.
   *
   * @throws {errors.InvalidData} EBADMSG, a certificate or key that cannot be used; the
   *   current certificates stay in use
   * @throws {TypeError} an invalid option
   */
  reload(credentials: TlsCredentials): Promise<void>;
}
