/**
 * Which hosts a certificate is for: RFC 9525.
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
import { leaf, type Order } from "../certificate.ts";
import {
  bytes,
  type Der,
  element,
  hex,
  integer,
  join,
  latin1,
  octetString,
  sequence,
  utf8String,
} from "../der.ts";
import { EXTENSION, extension, subjectAltName } from "../extensions.ts";
import {
  commonName,
  directory,
  distinguishedName,
  dns,
  ip,
  ipv6,
  mail,
  otherName,
  registeredId,
  uri,
} from "../names.ts";
import { LEAF_KEY, ROOT } from "../parties.ts";

/** A leaf of some names. */
function named(
  names: readonly (string | Der)[],
  order: Partial<Order> = {},
) {
  return [leaf({ by: ROOT, key: LEAF_KEY, names, ...order })];
}

/** A leaf with a subjectAltName of any content, or none. */
function raw(content: Uint8Array | null, subject: string | Der = "leaf") {
  return named([], {
    subject,
    extensions: {
      subjectAltName: content === null
        ? null
        : extension(EXTENSION.subjectAltName, false, content),
    },
  });
}

export function nameCases(): ChainCase[] {
  return [
    ...rule("RFC 9525 §6.2", ...exactCases(), ...brokenCases()),
    ...rule("RFC 9525 §6.3", ...wildcardCases()),
    ...rule("RFC 9525 §6.4.4", ...commonNameCases()),
    ...rule("RFC 9525 §6.5", ...addressCases()),
    ...rule("CVE-2021-44532", ...injectionCases()),
  ];
}

function exactCases(): Draft[] {
  const pairs: readonly (readonly [string, string, string, boolean])[] = [
    ["name itself", "bank.example", "bank.example", true],
    ["name in capitals", "BANK.EXAMPLE", "bank.example", true],
    ["host in capitals", "bank.example", "Bank.Example", true],
    ["another name", "other.example", "bank.example", false],
    ["name of a parent", "example", "bank.example", false],
    ["name below the host", "www.bank.example", "bank.example", false],
    [
      "name that ends as the host does",
      "evilbank.example",
      "bank.example",
      false,
    ],
    [
      "name that begins as the host does",
      "bank.example.evil",
      "bank.example",
      false,
    ],
    ["host with a dot at its end", "bank.example", "bank.example.", true],
    ["name with a dot at its end", "bank.example.", "bank.example", false],
    [
      "name and host with a dot at their ends",
      "bank.example.",
      "bank.example.",
      false,
    ],
    ["name with two dots", "bank..example", "bank.example", false],
    ["name with a leading dot", ".bank.example", "bank.example", false],
    [
      "name with a leading dot, a host below",
      ".bank.example",
      "www.bank.example",
      false,
    ],
    ["name of one label", "localhost", "localhost", true],
    ["name with an underscore", "my_bank.example", "my_bank.example", true],
    ["name in ACE", "xn--bnk-qla.example", "xn--bnk-qla.example", true],
    ["name with digits", "3com.example", "3com.example", true],
    ["name with a blank before it", " bank.example", "bank.example", false],
    ["name with a blank behind it", "bank.example ", "bank.example", false],
    ["name with a newline behind it", "bank.example\n", "bank.example", false],
    ["empty name", "", "bank.example", false],
    ["name that is a URL", "https://bank.example", "bank.example", false],
    ["name with a port", "bank.example:443", "bank.example", false],
  ];
  return [
    ...pairs.map(([what, name, host, good]) =>
      (good ? accept : refuse)(`DNS: ${what}`, named([name]), { host })
    ),
    accept(
      "DNS: second of two names",
      named(["other.example", "bank.example"]),
    ),
    accept(
      "DNS: last of 1000 names",
      named([
        ...Array.from({ length: 999 }, (_, index) => `host${index}.example`),
        "bank.example",
      ]),
    ),
    refuse(
      "DNS: none of 1000 names",
      named(
        Array.from({ length: 1000 }, (_, index) => `host${index}.example`),
      ),
    ),
    accept(
      "DNS: name beside names of other forms",
      named([
        mail("a@b.example"),
        uri("https://c.example/"),
        directory(commonName("d")),
        registeredId("1.2.3"),
        otherName("1.3.6.1.4.1.311.20.2.3", utf8String("e@f.example")),
        ip(192, 0, 2, 1),
        "bank.example",
      ]),
    ),
    accept(
      "DNS: name in a critical subjectAltName",
      named([], {
        extensions: {
          subjectAltName: subjectAltName([dns("bank.example")], true),
        },
      }),
    ),
    accept(
      "DNS: name beside an empty subject",
      named([], {
        subject: sequence(),
        extensions: {
          subjectAltName: subjectAltName([dns("bank.example")], true),
        },
      }),
    ),
    accept(
      "DNS: label of 63 characters",
      named([`${"a".repeat(63)}.example`]),
      {
        host: `${"a".repeat(63)}.example`,
      },
    ),
  ];
}

function brokenCases(): Draft[] {
  const name = dns("bank.example");
  const broken: Readonly<Record<string, Der>> = {
    "of no bytes": bytes(),
    "of no names": sequence(),
    "with a byte too many": join(sequence(name), bytes(0)),
    "that is one name alone": name,
    "whose name is longer than it": sequence(bytes(0x82, 20, 0x61)),
    "with a name of no known form": sequence(
      name,
      element(0x89, latin1("x")),
    ),
    "whose name is a UTF8String": sequence(utf8String("bank.example")),
    "whose name is constructed": sequence(
      element(0xa2, octetString(latin1("bank.example"))),
    ),
    "of an INTEGER": integer(1),
  };
  const bad: Readonly<Record<string, Der>> = {
    "a NUL in it": latin1("bank.example\0.evil.example"),
    "a NUL behind it": latin1("bank.example\0"),
    "a NUL before it": latin1("\0bank.example"),
    "bytes beyond ASCII": hex("62 e4 6e 6b 2e 65 78"),
    "UTF-8 in it": new TextEncoder().encode("bänk.example"),
    "a Kelvin sign for its k": new TextEncoder().encode("ban\u212a.example"),
  };
  return [
    ...Object.entries(broken).map(([what, content]) =>
      refuse(`subjectAltName ${what}`, raw(content))
    ),
    ...Object.entries(bad).map(([what, name]) =>
      refuse(`DNS: name with ${what}`, named([name]))
    ),
    open(
      "DNS: name beside one of bytes beyond ASCII",
      named([
        dns(bytes(0xe4)),
        "bank.example",
      ]),
      { why: "RFC 5280 §4.2.1.6 has ASCII alone, verifiers differ" },
    ),
    open("DNS: name beside an empty one", named(["", "bank.example"]), {
      why: "RFC 5280 §4.2.1.6 has none, verifiers differ",
    }),
    open(
      "DNS: name beside one with a NUL",
      named([
        "evil.example\0",
        "bank.example",
      ]),
      { why: "it is no host name, verifiers differ" },
    ),
  ];
}

function wildcardCases(): Draft[] {
  const pairs: readonly (readonly [string, string, boolean])[] = [
    ["*.bank.example", "www.bank.example", true],
    ["*.bank.example", "WWW.BANK.EXAMPLE", true],
    ["*.bank.example", "www.bank.example.", true],
    ["*.bank.example", "bank.example", false],
    ["*.bank.example", "a.www.bank.example", false],
    ["*.bank.example", "www.other.example", false],
    ["*.bank.example", ".bank.example", false],
    ["*.bank.example", "my_host.bank.example", true],
    ["*.bank.example", "xn--bnk-qla.bank.example", true],
    ["*.bank.example.", "www.bank.example", false],
    ["w*.bank.example", "www.bank.example", false],
    ["*w.bank.example", "www.bank.example", false],
    ["w*w.bank.example", "www.bank.example", false],
    ["www*.bank.example", "www.bank.example", false],
    ["**.bank.example", "www.bank.example", false],
    ["*.*.example", "www.bank.example", false],
    ["www.*.example", "www.bank.example", false],
    ["www.bank.*", "www.bank.example", false],
    ["*bank.example", "bank.example", false],
    ["*", "bank.example", false],
    ["*", "localhost", false],
    ["*.", "localhost", false],
    ["xn--*.bank.example", "xn--bnk-qla.bank.example", false],
    ["xn--*.example", "xn--bnk-qla.example", false],
    ["*.*", "bank.example", false],
    ["?ank.example", "bank.example", false],
    ["*.0.0.1", "127.0.0.1", false],
    ["*.bank.example", "*.bank.example", false],
  ];
  const hosts = pairs.filter(([, host]) => !/^\.|\*/.test(host));
  return [
    ...hosts.map(([name, host, good]) =>
      (good ? accept : refuse)(`DNS: ${name} for ${host}`, named([name]), {
        host,
      })
    ),
    open("DNS: *.example for bank.example", named(["*.example"]), {
      why: "RFC 9525 does not say how much a wildcard may cover",
    }),
    accept(
      "DNS: *.bank.example beside another name",
      named([
        "other.example",
        "*.bank.example",
      ]),
      { host: "www.bank.example" },
    ),
  ];
}

function commonNameCases(): Draft[] {
  const bank = commonName("bank.example");
  const beside = (name: string | Der) => named([name], { subject: bank });
  return [
    refuse("common name alone", raw(null, bank)),
    refuse("common name beside an empty subjectAltName", raw(sequence(), bank)),
    refuse("common name beside another DNS name", beside("other.example")),
    refuse("common name beside a URI", beside(uri("https://x.example/"))),
    refuse("common name beside a mail address", beside(mail("a@x.example"))),
    refuse("common name beside an IP address", beside(ip(192, 0, 2, 1))),
    refuse("common name beside a directory name", beside(directory(bank))),
    refuse(
      "common name beside a registered number",
      beside(registeredId("1.2.3")),
    ),
    refuse(
      "common name beside another name",
      beside(otherName("1.3.6.1.4.1.99999.6", utf8String("bank.example"))),
    ),
    refuse("common name *.bank.example alone", raw(null, "*.bank.example"), {
      host: "www.bank.example",
    }),
    refuse(
      "common name *.bank.example beside a URI",
      named(
        [uri("https://x.example/")],
        { subject: "*.bank.example" },
      ),
      { host: "www.bank.example" },
    ),
    refuse("common name that is an IP address", raw(null, "192.0.2.1"), {
      host: "192.0.2.1",
    }),
    refuse(
      "common name, the second of two",
      raw(
        null,
        distinguishedName({ O: "x", CN: "bank.example" }),
      ),
    ),
    refuse("common name in the issuer alone", raw(null)),
  ];
}

function addressCases(): Draft[] {
  const v4 = ip(192, 0, 2, 1);
  const v6 = ip(...ipv6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]));
  const mapped = ip(...ipv6([0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201]));
  const host = "192.0.2.1";
  const six = "2001:db8::1";
  return [
    accept("IP: address itself", named([v4]), { host }),
    accept("IP: address of IPv6", named([v6]), { host: six }),
    accept("IP: address of IPv6 written in full", named([v6]), {
      host: "2001:0db8:0000:0000:0000:0000:0000:0001",
    }),
    accept("IP: address of IPv6 in capitals", named([v6]), {
      host: "2001:DB8::1",
    }),
    accept("IP: second of two addresses", named([ip(192, 0, 2, 2), v4]), {
      host,
    }),
    accept("IP: address beside a DNS name", named(["bank.example", v4]), {
      host,
    }),
    refuse("IP: another address", named([ip(192, 0, 2, 2)]), { host }),
    refuse("IP: another address of IPv6", named([v6]), { host: "2001:db8::2" }),
    refuse("IP: address as a DNS name", named([host]), { host }),
    refuse("IP: address of IPv6 as a DNS name", named([six]), { host: six }),
    refuse("IP: address as a URI", named([uri(`https://${host}/`)]), { host }),
    refuse("IP: wildcard for an address", named(["*.0.2.1"]), { host }),
    refuse(
      "IP: address as text in an iPAddress",
      named([
        ip(...latin1(host)),
      ]),
      { host },
    ),
    refuse(
      "IP: address with its mask",
      named([
        ip(192, 0, 2, 1, 255, 255, 255, 255),
      ]),
      { host },
    ),
    refuse("IP: address of 3 octets", named([ip(192, 0, 2)]), { host }),
    refuse("IP: address of 5 octets", named([ip(192, 0, 2, 1, 0)]), { host }),
    refuse("IP: address of no octets", named([ip()]), { host }),
    open("IP: address beside one of 5 octets", named([ip(1, 2, 3, 4, 5), v4]), {
      host,
      why: "RFC 5280 §4.2.1.6 has 4 or 16, verifiers differ",
    }),
    open("IP: mapped address for one of IPv4", named([mapped]), {
      host,
      why: "Go takes it, the bytes differ",
    }),
    open("IP: address of IPv4 for a mapped one", named([v4]), {
      host: "::ffff:192.0.2.1",
      why: "Go takes it, the bytes differ",
    }),
    refuse(
      "IP: DNS name whose bytes are the address",
      named([
        dns(bytes(192, 0, 2, 1)),
      ]),
      { host },
    ),
    refuse(
      "IP: address for a DNS host",
      named([
        ip(...latin1("bank")),
      ]),
    ),
    refuse(
      "IP: address for a host of the same 16 bytes",
      named([
        ip(...latin1("web.bank.example")),
      ]),
      { host: "web.bank.example" },
    ),
  ];
}

/** One name that looks like several once it is text. */
function injectionCases(): Draft[] {
  const texts = [
    "evil.example, DNS:bank.example",
    "evil.example,DNS:bank.example",
    "evil.example\nDNS:bank.example",
    '"evil.example", DNS:bank.example',
    "evil.example', DNS:bank.example",
    "DNS:bank.example",
  ];
  const forms: Readonly<Record<string, (text: string) => Der>> = {
    "DNS name": dns,
    "mail address": (text) => mail(`a@${text}`),
    "URI": (text) => uri(`http://${text}`),
    "directory name": (text) => directory(commonName(text)),
    "other name": (text) =>
      otherName("1.3.6.1.4.1.311.20.2.3", utf8String(text)),
  };
  const asAddress = "evil.example, IP Address:192.0.2.1";
  return [
    ...Object.entries(forms).flatMap(([form, make]) =>
      texts.map((text) =>
        refuse(`${form} ${JSON.stringify(text)}`, named([make(text)]))
      )
    ),
    refuse(`DNS name "${asAddress}"`, named([dns(asAddress)]), {
      host: "192.0.2.1",
    }),
    refuse(`URI "http://${asAddress}"`, named([uri(`http://${asAddress}`)]), {
      host: "192.0.2.1",
    }),
    refuse(
      "common name with further names in it",
      raw(
        sequence(dns("evil.example")),
        "x/CN=bank.example, DNS:bank.example",
      ),
    ),
  ];
}
