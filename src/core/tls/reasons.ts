/**
 * Why TLS failed, and the alert that tells the peer, from the error of a runtime: OpenSSL
 * (Node), BoringSSL (Bun) and rustls (Deno) have no error texts in common.
 *
 * @module
 */
import type { TlsWhy } from "../errno.ts";
import type { TlsReason } from "../../api/errors.ts";

/** The error by which this side refuses its peer. */
export class Refused extends Error {
  readonly why: TlsReason;

  constructor(why: TlsReason, message: string) {
    super(message);
    this.why = why;
  }
}

/** Error texts, and the reasons that they stand for; the first match applies. */
const REASONS: readonly (readonly [RegExp, TlsReason])[] = [
  [
    /peer[ _]did[ _]not[ _]return[ _]a[ _]certificate|sent no certificate/i,
    "certificate-required",
  ],
  [
    /no_?application_?protocol|no application protocol/i,
    "no-application-protocol",
  ],
  [
    /wrong[ _]version[ _]number|https?[ _](?:proxy[ _])?request|InvalidContentType/i,
    "not-tls",
  ],
  [
    /unsupported[ _]protocol|unknown[ _]protocol|version[ _]too[ _]low|no[ _]protocols[ _]available|inappropriate[ _]fallback|Tls1\dNot|ServerDoesNotSupportTls|ServerTlsVersionIsDisabled|SupportedVersionsExtensionRequired/i,
    "protocol-version",
  ],
  [
    /no[ _](?:shared|suitable|common)[ _]|wrong[ _]curve|peer is incompatible/i,
    "no-shared-parameters",
  ],
  // Results of `X509_verify_cert(3)` as the runtimes name them, and those of rustls.
  [
    /\b(?:CERT_|CRL_|UNABLE_TO_|INVALID_(?:CA|PURPOSE)\b|PATH_LENGTH|UNSPECIFIED\b)|SELF_SIGNED_CERT|CERTIFICATE_VERIFY_FAILED|CANNOT_PARSE_LEAF_CERT|(?:public key|X509|X\.509 certificate|asn1 encoding|ASN\.1 encoding) routines|certificate verify failed|invalid peer certificate/,
    "untrusted-certificate",
  ],
  [
    / routines:|\bERR_SSL_|^received |peer misbehaved|cannot decrypt/,
    "bad-record",
  ],
];

/**
 * Error texts of an alert from the peer, with its name, or with the number of one that
 * has no name.
 */
const ALERTS = [
  /received fatal alert: (\w+)/,
  /\b(?:sslv3|tlsv1|tlsv13|ssl\/tls)[ _]alert[ _]([a-z _]+)/i,
  // OpenSSL omits "alert" for those that were added to TLS later.
  /\btlsv1 (unrecognized name|unsupported extension|bad certificate \w+ \w+|certificate unobtainable)/,
  /\breason\((1\d\d\d)\)/,
];

/** The alerts of RFC 8446 §6 and RFC 5246 §7.2. */
const ALERT_NAMES = [
  "close_notify",
  "unexpected_message",
  "bad_record_mac",
  "record_overflow",
  "handshake_failure",
  "bad_certificate",
  "unsupported_certificate",
  "certificate_revoked",
  "certificate_expired",
  "certificate_unknown",
  "illegal_parameter",
  "unknown_ca",
  "access_denied",
  "decode_error",
  "decrypt_error",
  "protocol_version",
  "insufficient_security",
  "internal_error",
  "inappropriate_fallback",
  "user_canceled",
  "no_renegotiation",
  "missing_extension",
  "unsupported_extension",
  "unrecognized_name",
  "bad_certificate_status_response",
  "unknown_psk_identity",
  "certificate_required",
  "no_application_protocol",
];

const BY_LETTERS: ReadonlyMap<string, string> = new Map(
  ALERT_NAMES.map((name) => [lettersOf(name), name]),
);

/** Returns why TLS failed. @param native A runtime's error, or a {@linkcode Refused}. */
export function whyOf(native: unknown): TlsWhy | undefined {
  if (native instanceof Refused) return { reason: native.why };
  if (!(native instanceof Error)) return undefined;
  const { code, reason } = native as { code?: unknown; reason?: unknown };
  const text = [reason, native.message, code]
    .filter((part) => typeof part === "string")
    .join("; ");
  for (const pattern of ALERTS) {
    const found = pattern.exec(text);
    if (found !== null) {
      return {
        reason: "peer-alert",
        alert: BY_LETTERS.get(lettersOf(found[1])),
      };
    }
  }
  const found = REASONS.find(([pattern]) => pattern.test(text));
  return found && { reason: found[1] };
}

/** Reduces a name to its letters, which are the same in all spellings. */
function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, "")
    .replace("recognised", "recognized");
}

/** Numbers of alerts, by error text; the first match applies. RFC 8446 §6.2 is finer than `TlsReason`. */
const DESCRIPTIONS: readonly (readonly [RegExp, number | undefined])[] = [
  // The peer has sent an alert itself.
  [/\balert\b/i, undefined],
  [/received unexpected/i, 10],
  [/peer misbehaved/i, 47],
  [/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|expired|not yet valid/i, 45],
  [/CERT_REVOKED|revoked/i, 44],
  [/ALTNAME|CERT_|BAD_?CERT|BadEncoding|BadSignature/i, 42],
  [
    /UNABLE_TO|SELF_SIGNED|UNKNOWN_?ISSUER|INVALID_CA|unable to|self.signed/i,
    48,
  ],
  [/corrupt|decode|malformed/i, 50],
  [/version/i, 70],
  [/application protocol|ALPN/i, 120],
];
const HANDSHAKE_FAILURE = 40;

/** Returns the alert for a refused peer. @param reason A code, a message, or both. */
export function descriptionOf(reason: string): number | undefined {
  const found = DESCRIPTIONS.find(([pattern]) => pattern.test(reason));
  return found === undefined ? HANDSHAKE_FAILURE : found[1];
}

/** Creates a record with a fatal alert (RFC 8446 §6). */
export function alertRecord(description: number): Uint8Array {
  return new Uint8Array([21, 3, 3, 0, 2, 2, description]);
}
