/**
 * Extensions that are unknown, twice there or of no use to TLS.
 *
 * @module
 */
import {
  accept,
  type ChainCase,
  type Draft,
  open,
  refuse,
  rule,
} from "../case.ts";
import { leaf, type Order, root } from "../certificate.ts";
import {
  boolean,
  bytes,
  type Der,
  explicit,
  hex,
  implicit,
  integer,
  octetString,
  oid,
  sequence,
} from "../der.ts";
import {
  authorityKeyIdentifier,
  basicConstraints,
  certificatePolicies,
  EXTENSION,
  extension,
  extKeyUsage,
  keyUsage,
  subjectAltName,
  subjectKeyIdentifier,
  unknown,
} from "../extensions.ts";
import { key, keyIdOf } from "../keys.ts";
import { commonName, directory, dns } from "../names.ts";
import {
  below,
  belowForged,
  descending,
  forged,
  LEAF_KEY,
  lone,
  MIDDLE_KEY,
  ROOT,
} from "../parties.ts";

export function criticalCases(): ChainCase[] {
  return [
    ...rule("RFC 5280 §4.2", ...unknownCases(), ...duplicateCases()),
    ...rule("RFC 5280 §4.2.1.4", ...policyCases()),
    ...rule("RFC 5280 §4.2.1.1, §4.2.1.2", ...identifierCases()),
    ...rule("RFC 5280 §4.2.2", ...accessCases()),
  ];
}

function anchored(order: Partial<Order>) {
  const top = root({
    subject: "Extended Root",
    key: key("P-256", "extended root"),
    ...order,
  });
  return [[leaf({ by: top, key: LEAF_KEY })], [top]] as const;
}

function unknownCases(): Draft[] {
  const lax = anchored({ more: [unknown(false)] });
  const strict = anchored({ more: [unknown(true)] });
  const critical = { more: [unknown(true)] };
  return [
    accept("leaf with an unknown extension", lone({ more: [unknown(false)] })),
    accept(
      "intermediate with an unknown extension",
      below({
        more: [unknown(false)],
      }),
    ),
    accept("root with an unknown extension", lax[0], { anchors: lax[1] }),
    refuse("leaf with an unknown critical extension", lone(critical)),
    refuse("intermediate with an unknown critical extension", below(critical)),
    refuse(
      "upper intermediate with an unknown critical extension",
      descending(ROOT, [critical, {}]),
    ),
    refuse("forged leaf with an unknown critical extension", forged(critical)),
    refuse(
      "forged intermediate with an unknown critical extension",
      belowForged(critical),
    ),
    refuse("root with an unknown critical extension", strict[0], {
      anchors: strict[1],
      why: "an unknown critical extension refuses wherever it stands",
    }),
    refuse(
      "leaf with a critical extension for precertificates",
      lone({
        more: [extension("1.3.6.1.4.1.11129.2.4.3", true, bytes(5, 0))],
      }),
    ),
    accept(
      "leaf with 100 unknown extensions",
      lone({
        more: Array.from({ length: 100 }, (_, index) => unknown(false, index)),
      }),
    ),
    refuse(
      "leaf with 100 unknown extensions, the last critical",
      lone({
        more: Array.from(
          { length: 100 },
          (_, index) => unknown(index === 99, index),
        ),
      }),
    ),
  ];
}

function duplicateCases(): Draft[] {
  const twice: Readonly<Record<string, Der>> = {
    "basicConstraints": basicConstraints(false),
    "keyUsage": keyUsage("digitalSignature"),
    "extendedKeyUsage": extKeyUsage(["serverAuth"]),
    "subjectAltName": subjectAltName([dns("other.example")]),
  };
  const ca: Readonly<Record<string, Der>> = {
    "basicConstraints": basicConstraints(true),
    "keyUsage": keyUsage("keyCertSign"),
  };
  return [
    ...Object.entries(twice).flatMap(([what, extension]) => [
      refuse(`leaf with ${what} twice`, lone({ more: [extension] })),
      refuse(`forged leaf with ${what} twice`, forged({ more: [extension] })),
    ]),
    ...Object.entries(ca).flatMap(([what, extension]) => [
      refuse(`intermediate with ${what} twice`, below({ more: [extension] })),
      refuse(
        `forged intermediate with ${what} twice`,
        belowForged({ more: [extension] }),
      ),
    ]),
    refuse(
      "leaf with an unknown extension twice",
      lone({
        more: [unknown(false), unknown(false)],
      }),
    ),
    refuse(
      "intermediate with an unknown extension twice",
      below({
        more: [unknown(false), unknown(false)],
      }),
    ),
  ];
}

function policyCases(): Draft[] {
  const policy = "1.3.6.1.4.1.99999.7";
  const why = "policies are asked for by none, and §6.1 has them pass then";
  const constraints = (content: Uint8Array): Partial<Order> => ({
    more: [extension(EXTENSION.policyConstraints, true, content)],
  });
  return [
    accept(
      "leaf with a policy",
      lone({ more: [certificatePolicies([policy])] }),
    ),
    open(
      "leaf with a critical policy",
      lone({
        more: [certificatePolicies([policy], true)],
      }),
      { why },
    ),
    open(
      "intermediate with a critical policy",
      below({
        more: [certificatePolicies([policy], true)],
      }),
      { why },
    ),
    open(
      "intermediate that requires an explicit policy, which is missing",
      below(constraints(sequence(implicit(0, bytes(0))))),
      {
        why: "RFC 5280 §6.1.5 (g) refuses it, most verifiers have no policies",
      },
    ),
    open(
      "intermediate that inhibits policy mapping",
      below(constraints(sequence(implicit(1, bytes(0))))),
      { why },
    ),
    open(
      "intermediate that inhibits anyPolicy",
      below({
        more: [extension(EXTENSION.inhibitAnyPolicy, true, integer(0))],
      }),
      { why },
    ),
    open(
      "intermediate with policy mappings",
      below({
        more: [
          extension(
            EXTENSION.policyMappings,
            false,
            sequence(sequence(oid(policy), oid(`${policy}.1`))),
          ),
        ],
      }),
      { why },
    ),
    open(
      "leaf with one policy twice",
      lone({
        more: [certificatePolicies([policy, policy])],
      }),
      { why: "RFC 5280 §4.2.1.4 asks it of authorities" },
    ),
  ];
}

function identifierCases(): Draft[] {
  const why = "identifiers help to find issuers, and decide nothing";
  const naming = (content: Uint8Array): Partial<Order> => ({
    extensions: {
      authorityKeyIdentifier: extension(
        EXTENSION.authorityKeyIdentifier,
        false,
        content,
      ),
    },
  });
  const other = keyIdOf(MIDDLE_KEY);
  return [
    open(
      "leaf without identifiers",
      lone({
        extensions: {
          subjectKeyIdentifier: null,
          authorityKeyIdentifier: null,
        },
      }),
      { why },
    ),
    open(
      "intermediate without identifiers",
      below({
        extensions: {
          subjectKeyIdentifier: null,
          authorityKeyIdentifier: null,
        },
      }),
      { why },
    ),
    open(
      "leaf whose authority has another identifier",
      lone({
        extensions: { authorityKeyIdentifier: authorityKeyIdentifier(other) },
      }),
      { why },
    ),
    open(
      "intermediate whose identifier is not its key's hash",
      below({
        extensions: {
          subjectKeyIdentifier: subjectKeyIdentifier(hex("00010203")),
        },
      }),
      { why },
    ),
    open(
      "leaf whose authority has another serial number",
      lone(naming(sequence(
        implicit(0, ROOT.keyId),
        explicit(1, directory(ROOT.subject)),
        implicit(2, bytes(0x7f)),
      ))),
      { why },
    ),
    open(
      "leaf whose authority was issued by another",
      lone(naming(sequence(
        implicit(0, ROOT.keyId),
        explicit(1, directory(commonName("Other"))),
        implicit(2, bytes(0x7f)),
      ))),
      { why },
    ),
    open(
      "leaf whose authorityKeyIdentifier is critical",
      lone({
        extensions: {
          authorityKeyIdentifier: extension(
            EXTENSION.authorityKeyIdentifier,
            true,
            sequence(implicit(0, ROOT.keyId)),
          ),
        },
      }),
      { why: "RFC 5280 §4.2.1.1 asks it of authorities" },
    ),
    refuse(
      "leaf whose authorityKeyIdentifier is broken",
      lone(naming(bytes(0x30, 5, 1))),
    ),
    refuse(
      "leaf whose subjectKeyIdentifier is broken",
      lone({
        extensions: {
          subjectKeyIdentifier: extension(
            EXTENSION.subjectKeyIdentifier,
            false,
            bytes(4, 9, 1),
          ),
        },
      }),
    ),
    refuse(
      "forged leaf whose authorityKeyIdentifier is broken",
      forged(naming(bytes(0x30, 5, 1))),
    ),
  ];
}

/** Extensions of other protocols, which TLS does not mind. */
function accessCases(): Draft[] {
  const others: Readonly<Record<string, Der>> = {
    "authorityInfoAccess": extension(
      "1.3.6.1.5.5.7.1.1",
      false,
      sequence(sequence(
        oid("1.3.6.1.5.5.7.48.1"),
        implicit(6, new TextEncoder().encode("http://ocsp.example/")),
      )),
    ),
    "a list of signed timestamps": extension(
      "1.3.6.1.4.1.11129.2.4.2",
      false,
      octetString(bytes(0, 0)),
    ),
  };
  return [
    ...Object.entries(others).map(([what, extension]) =>
      accept(`leaf with ${what}`, lone({ more: [extension] }))
    ),
    open(
      "leaf that must be stapled",
      lone({
        more: [
          extension("1.3.6.1.5.5.7.1.24", false, sequence(integer(5))),
        ],
      }),
      { why: "RFC 7633 is for clients that ask for stapling" },
    ),
    open(
      "leaf with critical CRL distribution points",
      lone({
        more: [
          extension(
            "2.5.29.31",
            true,
            sequence(sequence(explicit(
              0,
              explicit(
                0,
                implicit(6, new TextEncoder().encode("http://crl.example/")),
              ),
            ))),
          ),
        ],
      }),
      { why: "verifiers differ on whether they know it" },
    ),
    open(
      "leaf with a Netscape type for other purposes",
      lone({
        more: [extension("2.16.840.1.113730.1.1", false, hex("03 02 05 20"))],
      }),
      { why: "OpenSSL minds it, it is in no RFC" },
    ),
    refuse(
      "leaf with a critical extension whose content is a BOOLEAN",
      lone({
        more: [extension("1.3.6.1.4.1.99999.8", true, boolean(true))],
      }),
    ),
  ];
}
