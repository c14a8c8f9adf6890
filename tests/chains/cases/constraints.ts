/**
 * What DNS names and addresses an authority may issue certificates for:
 * nameConstraints.
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
import { bytes } from "../der.ts";
import { dns, ip, ipv6 } from "../names.ts";
import { constrained } from "../parties.ts";

export function constraintCases(): ChainCase[] {
  return [
    ...rule("RFC 5280 §4.2.1.10, dNSName", ...dnsCases(), ...dnsForms()),
    ...rule("RFC 5280 §4.2.1.10, iPAddress", ...addressCases()),
  ];
}

function dnsCases(): Draft[] {
  const example = { permitted: [dns("example")] };
  const bank = { permitted: [dns("bank.example")] };
  const without = { excluded: [dns("bank.example")] };
  return [
    accept(
      "permitted domain, a name in it",
      constrained(example, ["bank.example"]),
    ),
    accept("permitted name itself", constrained(bank, ["bank.example"])),
    accept(
      "300 excluded names, 300 others",
      constrained({ excluded: numbered(300, "no").map(dns) }, [
        "bank.example",
        ...numbered(299, "yes"),
      ]),
    ),
    open(
      "1,400 excluded names, 1,400 others",
      constrained({ excluded: numbered(1400, "no").map(dns) }, [
        "bank.example",
        ...numbered(1399, "yes"),
      ]),
      { why: "comparing them takes long, and verifiers give up" },
    ),
    accept(
      "permitted name, one below it",
      constrained(bank, ["www.bank.example"]),
      {
        host: "www.bank.example",
      },
    ),
    accept(
      "permitted name in other case",
      constrained(
        { permitted: [dns("BANK.Example")] },
        ["bank.example"],
      ),
    ),
    refuse(
      "permitted name, another one",
      constrained(bank, ["other.example"]),
      {
        host: "other.example",
      },
    ),
    refuse(
      "permitted name, one that ends as it does",
      constrained(
        bank,
        ["evilbank.example"],
      ),
      { host: "evilbank.example" },
    ),
    refuse(
      "permitted name, and another beside it",
      constrained(
        bank,
        ["bank.example", "other.example"],
      ),
    ),
    refuse(
      "permitted name, and another before it",
      constrained(
        bank,
        ["other.example", "bank.example"],
      ),
    ),
    accept(
      "permitted names, either of them",
      constrained(
        { permitted: [dns("other.example"), dns("bank.example")] },
        ["bank.example"],
      ),
    ),
    refuse("excluded name itself", constrained(without, ["bank.example"])),
    refuse(
      "excluded name in other case",
      constrained(without, ["BANK.EXAMPLE"]),
    ),
    refuse(
      "excluded name, one below it",
      constrained(without, ["www.bank.example"]),
      {
        host: "www.bank.example",
      },
    ),
    refuse(
      "excluded name beside the one asked for",
      constrained(
        without,
        ["other.example", "bank.example"],
      ),
      { host: "other.example" },
    ),
    accept(
      "excluded name, another one",
      constrained(without, ["other.example"]),
      {
        host: "other.example",
      },
    ),
    accept(
      "excluded name, one that ends as it does",
      constrained(
        without,
        ["mybank.example"],
      ),
      { host: "mybank.example" },
    ),
    refuse(
      "excluded name within a permitted domain",
      constrained(
        { ...example, ...without },
        ["bank.example"],
      ),
    ),
    accept(
      "excluded name within a permitted domain, another one",
      constrained(
        { ...example, ...without },
        ["other.example"],
      ),
      { host: "other.example" },
    ),
    refuse(
      "excluded name by a wildcard for its domain",
      constrained(
        without,
        ["*.bank.example"],
      ),
      { host: "www.bank.example" },
    ),
    open(
      "excluded name that a wildcard covers",
      constrained(
        without,
        ["*.example"],
      ),
      { why: "RFC 5280 says nothing of wildcards" },
    ),
    accept(
      "permitted domain, a wildcard in it",
      constrained(
        bank,
        ["*.bank.example"],
      ),
      { host: "www.bank.example" },
    ),
    refuse(
      "permitted name below a domain, a wildcard for the domain",
      constrained(
        { permitted: [dns("www.bank.example")] },
        ["*.bank.example"],
      ),
      { host: "www.bank.example" },
    ),
    refuse(
      "common name that is not permitted, without other names",
      constrained(
        bank,
        [],
        { subject: "other.example", extensions: { subjectAltName: null } },
      ),
      {
        host: "other.example",
        why: "common names never count",
      },
    ),
  ];
}

function dnsForms(): Draft[] {
  const why = "RFC 5280 has a leading dot for URIs alone, and verifiers differ";
  const dotted = { permitted: [dns(".bank.example")] };
  const excludedDotted = { excluded: [dns(".bank.example")] };
  return [
    open(
      "permitted domain with a leading dot, a name below it",
      constrained(
        dotted,
        ["www.bank.example"],
      ),
      { host: "www.bank.example", why },
    ),
    refuse(
      "permitted domain with a leading dot, the domain itself",
      constrained(
        dotted,
        ["bank.example"],
      ),
      { why },
    ),
    refuse(
      "permitted domain with a leading dot, another name",
      constrained(
        dotted,
        ["other.example"],
      ),
      { host: "other.example" },
    ),
    refuse(
      "excluded domain with a leading dot, a name below it",
      constrained(
        excludedDotted,
        ["www.bank.example"],
      ),
      { host: "www.bank.example" },
    ),
    accept(
      "permitted domain that is empty",
      constrained(
        { permitted: [dns("")] },
        ["bank.example"],
      ),
      { why: "every name is below the empty one" },
    ),
    refuse(
      "excluded domain that is empty",
      constrained(
        { excluded: [dns("")] },
        ["bank.example"],
      ),
    ),
    refuse(
      "permitted domain with a dot at its end",
      constrained(
        { permitted: [dns("bank.example.")] },
        ["bank.example"],
      ),
      { why: "names in certificates have none" },
    ),
    refuse(
      "permitted domain with a wildcard",
      constrained(
        { permitted: [dns("*.example")] },
        ["bank.example"],
      ),
    ),
    open(
      "excluded domain with a wildcard",
      constrained(
        { excluded: [dns("*.example")] },
        ["bank.example"],
      ),
      { why: "constraints have no wildcards; refused is safe" },
    ),
    refuse(
      "permitted domain of no ASCII",
      constrained(
        { permitted: [dns(bytes(0xe4, 0x2e, 0x61))] },
        ["bank.example"],
      ),
    ),
    refuse(
      "permitted IP address, a DNS name of the same text",
      constrained(
        {
          permitted: [ip(192, 0, 2, 0, 255, 255, 255, 0)],
          excluded: [dns("")],
        },
        ["192.0.2.1"],
      ),
      { host: "192.0.2.1" },
    ),
  ];
}

function addressCases(): Draft[] {
  const net = { permitted: [ip(192, 0, 2, 0, 255, 255, 255, 0)] };
  const net6 = {
    permitted: [
      ip(
        ...ipv6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0]),
        ...ipv6([0xffff, 0xffff, 0, 0, 0, 0, 0, 0]),
      ),
    ],
  };
  const inside = [ip(192, 0, 2, 7)];
  const outside = [ip(198, 51, 100, 7)];
  const inside6 = [ip(...ipv6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]))];
  const outside6 = [ip(...ipv6([0x2001, 0xdb9, 0, 0, 0, 0, 0, 1]))];
  const excluded = { excluded: net.permitted };
  const broken = (...address: number[]) => ({ permitted: [ip(...address)] });
  return [
    accept("permitted network, an address in it", constrained(net, inside), {
      host: "192.0.2.7",
    }),
    refuse("permitted network, another address", constrained(net, outside), {
      host: "198.51.100.7",
    }),
    refuse(
      "excluded network, an address in it",
      constrained(excluded, inside),
      {
        host: "192.0.2.7",
      },
    ),
    accept(
      "excluded network, another address",
      constrained(excluded, outside),
      {
        host: "198.51.100.7",
      },
    ),
    accept(
      "permitted IPv6 network, an address in it",
      constrained(net6, inside6),
      {
        host: "2001:db8::1",
      },
    ),
    refuse(
      "permitted IPv6 network, another address",
      constrained(net6, outside6),
      {
        host: "2001:db9::1",
      },
    ),
    refuse(
      "permitted network, an address of the other family",
      constrained(
        net,
        inside6,
      ),
      { host: "2001:db8::1" },
    ),
    accept(
      "permitted network, a DNS name",
      constrained(net, ["bank.example"]),
      {
        why: "constraints are for names of their own form",
      },
    ),
    accept(
      "permitted domain, an address",
      constrained(
        { permitted: [dns("bank.example")] },
        inside,
      ),
      {
        host: "192.0.2.7",
        why: "constraints are for names of their own form",
      },
    ),
    refuse(
      "permitted network, an address outside beside the DNS name",
      constrained(
        net,
        ["bank.example", ...outside],
      ),
    ),
    accept(
      "permitted network of one address",
      constrained(
        broken(192, 0, 2, 7, 255, 255, 255, 255),
        inside,
      ),
      { host: "192.0.2.7" },
    ),
    accept(
      "permitted network of all addresses",
      constrained(
        broken(0, 0, 0, 0, 0, 0, 0, 0),
        inside,
      ),
      { host: "192.0.2.7" },
    ),
    refuse(
      "permitted network of 4 octets",
      constrained(
        broken(192, 0, 2, 0),
        inside,
      ),
      { host: "192.0.2.7" },
    ),
    refuse(
      "permitted network of 5 octets",
      constrained(
        broken(192, 0, 2, 0, 24),
        inside,
      ),
      { host: "192.0.2.7" },
    ),
    refuse("permitted network of no octets", constrained(broken(), inside), {
      host: "192.0.2.7",
    }),
    open(
      "permitted network whose mask has holes",
      constrained(
        broken(192, 0, 2, 0, 255, 0, 255, 0),
        inside,
      ),
      { host: "192.0.2.7", why: "RFC 4632 has none, verifiers differ" },
    ),
    open(
      "permitted network whose address is not masked",
      constrained(
        broken(192, 0, 2, 99, 255, 255, 255, 0),
        inside,
      ),
      { host: "192.0.2.7", why: "RFC 5280 does not say" },
    ),
  ];
}

/** So many different names. */
function numbered(count: number, label: string): string[] {
  return Array.from({ length: count }, (_, at) => `${label}${at}.example`);
}
