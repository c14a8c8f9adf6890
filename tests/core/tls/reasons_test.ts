/** What each runtime's TLS says, and what is made of that. */
import { assertEquals } from "@std/assert";
import {
  alertRecord,
  descriptionOf,
  Refused,
  whyOf,
} from "../../../src/core/tls/reasons.ts";

/** A native error, as its `message`, `code` and `reason` go. */
type Native = readonly [message: string, code?: string, reason?: string];

const SSL = "402D63D4297F0000:error:0A000418:SSL routines:ssl3_read_bytes:";
const BORING = "error:10000418:SSL routines:OPENSSL_internal:";

const EXPECTED: Record<string, readonly Native[]> = {
  "peer-alert unknown_ca": [
    [`${SSL}tlsv1 alert unknown ca:../deps/x.c:1:SSL alert number 48\n`],
    [`${BORING}TLSV1_ALERT_UNKNOWN_CA`, "EPROTO"],
    ["received fatal alert: UnknownCA", "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"],
  ],
  "peer-alert handshake_failure": [
    [`${SSL}sslv3 alert handshake failure:../deps/x.c:1:`],
    [
      `${SSL}ssl/tls alert handshake failure:../deps/x.c:1:`,
      "ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE",
      "ssl/tls alert handshake failure",
    ],
    [`${BORING}SSLV3_ALERT_HANDSHAKE_FAILURE`, "EPROTO"],
    ["received fatal alert: HandshakeFailure"],
  ],
  "peer-alert unrecognized_name": [
    [`${SSL}tlsv1 unrecognized name:../deps/x.c:1:`],
    [`${BORING}TLSV1_ALERT_UNRECOGNIZED_NAME`],
    ["received fatal alert: UnrecognisedName"],
  ],
  "peer-alert certificate_required": [
    [`${SSL}tlsv13 alert certificate required:../deps/x.c:1:`],
    [`${BORING}TLSV1_ALERT_CERTIFICATE_REQUIRED`],
    ["received fatal alert: CertificateRequired"],
  ],
  "peer-alert undefined": [
    [`${BORING}reason(1099)`, "EPROTO"],
    ["received fatal alert: AlertDescription(0x63)"],
  ],
  "certificate-required": [
    [`${SSL}peer did not return a certificate:../deps/x.c:1:`],
    [`${BORING}PEER_DID_NOT_RETURN_A_CERTIFICATE`, "EPROTO"],
    ["peer sent no certificates"],
  ],
  "untrusted-certificate": [
    ["certificate has expired", "CERT_HAS_EXPIRED"],
    [
      "unable to verify the first certificate",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ],
    ["self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT"],
    [
      "self-signed certificate in certificate chain",
      "SELF_SIGNED_CERT_IN_CHAIN",
    ],
    ["unsuitable certificate purpose", "INVALID_PURPOSE"],
    ["key usage does not include certificate signing", "UNSPECIFIED"],
    ["invalid peer certificate: BadEncoding"],
    [`${BORING}CERTIFICATE_VERIFY_FAILED`],
    [`${BORING}CANNOT_PARSE_LEAF_CERT`],
    ["error:06000066:public key routines:OPENSSL_internal:DECODE_ERROR"],
    ["error:0680008E:asn1 encoding routines::not enough data"],
  ],
  "no-application-protocol": [
    [`${SSL}no application protocol:../deps/x.c:1:`],
    [`${BORING}NO_APPLICATION_PROTOCOL`],
  ],
  "protocol-version": [
    [`${SSL}unsupported protocol:../deps/x.c:1:`],
    [`${BORING}UNSUPPORTED_PROTOCOL`],
    ["peer is incompatible: Tls12NotOffered"],
    ["peer is incompatible: ServerTlsVersionIsDisabledByOurConfig"],
  ],
  "no-shared-parameters": [
    [`${SSL}no shared cipher:../deps/x.c:1:`],
    [`${SSL}no suitable key share:../deps/x.c:1:`],
    [`${BORING}NO_SHARED_GROUP`],
    [`${BORING}NO_COMMON_SIGNATURE_ALGORITHMS`],
    ["peer is incompatible: NoCipherSuitesInCommon"],
  ],
  "not-tls": [
    [`${SSL}wrong version number:../deps/x.c:1:`],
    [`${SSL}http request:../deps/x.c:1:`],
    [`${SSL}https proxy request:../deps/x.c:1:`],
    [`${BORING}HTTP_REQUEST`],
    ["received corrupt message of type InvalidContentType"],
  ],
  "bad-record": [
    [`${SSL}decryption failed or bad record mac:../deps/x.c:1:`],
    [`${BORING}DECRYPTION_FAILED_OR_BAD_RECORD_MAC`],
    ["error:0f000077:elliptic curve routines:OPENSSL_internal:INVALID_ENCODING"],
    ["cannot decrypt peer's message"],
    ["received unexpected message: got Finished when expecting ClientHello"],
  ],
};

for (const [expected, natives] of Object.entries(EXPECTED)) {
  Deno.test(`whyOf() makes "${expected}" of what each TLS says`, () => {
    for (const [message, code, reason] of natives) {
      const native = Object.assign(new Error(message), { code, reason });
      const why = whyOf(native);
      const said = why?.reason === "peer-alert"
        ? `${why.reason} ${why.alert}`
        : why?.reason;
      assertEquals(said, expected, message);
    }
  });
}

Deno.test("whyOf() returns the reason of a Refused, and undefined for a fault", () => {
  const refused = new Refused("name-mismatch", "ALERT: not for a.test");
  assertEquals(whyOf(refused), { reason: "name-mismatch" });
  const faults = [
    new TypeError("x is not a function"),
    "CERT_x",
    null,
    undefined,
  ];
  for (const fault of faults) assertEquals(whyOf(fault), undefined);
});

Deno.test("descriptionOf() returns the alert of RFC 8446 §6.2 for each reason", () => {
  const known: [string, number | undefined][] = [
    [
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE unable to verify the first certificate",
      48,
    ],
    ["DEPTH_ZERO_SELF_SIGNED_CERT self-signed certificate", 48],
    ["CERT_HAS_EXPIRED certificate has expired", 45],
    ["CERT_NOT_YET_VALID", 45],
    ["ERR_TLS_CERT_ALTNAME_INVALID the certificate is not for x", 42],
    ["received corrupt message of type InvalidContentType", 50],
    ["peer is incompatible: no common protocol version", 70],
    ["peer sent no certificates", 40],
    ["received unexpected message: got ChangeCipherSpec", 10],
    ["peer misbehaved: InvalidKeyShare", 47],
    ["received fatal alert: HandshakeFailure", undefined],
    ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA ssl/tls alert unknown ca", undefined],
  ];
  for (const [reason, description] of known) {
    assertEquals(descriptionOf(reason), description, reason);
  }
});

Deno.test("alertRecord() writes a record with one fatal alert", () => {
  assertEquals([...alertRecord(48)], [21, 3, 3, 0, 2, 2, 48]);
});
