/**
 * When certificates are valid.
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
import { days, leaf, type Order, root } from "../certificate.ts";
import {
  bytes,
  type Der,
  digitsOf,
  element,
  generalizedTime,
  hex,
  octetString,
  TAG,
  utcTime,
} from "../der.ts";
import { key } from "../keys.ts";
import { below, belowForged, forged, LEAF_KEY, lone } from "../parties.ts";

export function dateCases(): ChainCase[] {
  return [
    ...rule("RFC 5280 §6.1.3 (a) (2)", ...validityCases()),
    ...rule("RFC 5280 §4.1.2.5", ...formCases()),
  ];
}

/** Validities, and what becomes of them. */
const VALIDITIES:
  readonly (readonly [string, Date | Der, Date | Der, boolean])[] = [
    ["expired a day ago", days(-30), days(-1), false],
    ["expired a minute ago", days(-30), minutes(-1), false],
    ["valid for an hour more", days(-30), minutes(60), true],
    ["valid from tomorrow", days(1), days(30), false],
    ["valid from in an hour", minutes(60), days(30), false],
    ["valid since a minute", minutes(-1), days(30), true],
    ["whose end is before its beginning", days(1), days(-1), false],
    ["valid for no time", days(0), days(0), false],
    ["valid from 1950", utcTime("500101000000Z"), days(30), true],
    ["valid until 2049", days(-1), utcTime("491231235959Z"), true],
    ["valid until 2050", days(-1), generalizedTime("20500101000000Z"), true],
    ["valid until 9999", days(-1), generalizedTime("99991231235959Z"), true],
    [
      "expired in 1999",
      utcTime("990101000000Z"),
      utcTime("991231235959Z"),
      false,
    ],
    [
      "expired in 1969",
      utcTime("600101000000Z"),
      utcTime("691231235959Z"),
      false,
    ],
    [
      "valid from 2050",
      generalizedTime("20500101000000Z"),
      generalizedTime("20600101000000Z"),
      false,
    ],
    [
      "valid until 1950, which UTCTime has for 50",
      days(-1),
      utcTime("500101000000Z"),
      false,
    ],
  ];

function minutes(count: number): Date {
  return days(count / 1440);
}

function validityCases(): Draft[] {
  return VALIDITIES.flatMap(([what, from, until, good]) => {
    const verdict = good ? accept : refuse;
    const top = root({
      subject: "Dated Root",
      key: key("P-256", "dated root"),
      from,
      until,
    });
    return [
      verdict(`leaf ${what}`, lone({ from, until })),
      verdict(`intermediate ${what}`, below({ from, until })),
      verdict(`root ${what}`, [leaf({ by: top, key: LEAF_KEY })], {
        anchors: [top],
        why: "anchors have to be in date as well",
      }),
    ];
  });
}

/** Ways to write a time that is in the future which RFC 5280 rules out. */
const BROKEN: Readonly<Record<string, Der>> = {
  "UTCTime without Z": utcTime(later().slice(2, -1)),
  "UTCTime without seconds": utcTime(later().slice(2, 12) + "Z"),
  "UTCTime with an offset": utcTime(later().slice(2, -1) + "+0000"),
  "UTCTime with a fraction": utcTime(later().slice(2, -1) + ".5Z"),
  "UTCTime with four digits for the year": utcTime(later()),
  "UTCTime of month 13": utcTime("401301000000Z"),
  "UTCTime of day 32": utcTime("401232000000Z"),
  "UTCTime of day 0": utcTime("401200000000Z"),
  "UTCTime of February 30": utcTime("400230000000Z"),
  "UTCTime of hour 24": utcTime("401201240000Z"),
  "UTCTime of minute 60": utcTime("401201006000Z"),
  "UTCTime of letters": utcTime("40120100000AZ"),
  "UTCTime with a blank": utcTime("40120100000 Z"),
  "UTCTime of no bytes": element(TAG.utcTime),
  "GeneralizedTime without Z": generalizedTime("20500101000000"),
  "GeneralizedTime with an offset": generalizedTime("20500101000000+0100"),
  "GeneralizedTime with a fraction": generalizedTime("20500101000000.5Z"),
  "GeneralizedTime without seconds": generalizedTime("205001010000Z"),
  "GeneralizedTime of month 0": generalizedTime("20500001000000Z"),
  "GeneralizedTime of two digits for the year": generalizedTime(
    "500101000000Z",
  ),
  "an OCTET STRING": octetString(hex("3530")),
  "a NULL": bytes(5, 0),
};

function later(): string {
  return digitsOf(days(300));
}

function formCases(): Draft[] {
  const why = "RFC 5280 asks UTCTime of authorities, not of verifiers";
  const early: Partial<Order> = { until: generalizedTime(later()) };
  return [
    open("leaf with GeneralizedTime before 2050", lone(early), { why }),
    open("intermediate with GeneralizedTime before 2050", below(early), {
      why,
    }),
    open(
      "leaf whose beginning is GeneralizedTime before 2050",
      lone({
        from: generalizedTime(days(-3)),
      }),
      { why },
    ),
    refuse(
      "leaf valid until a leap second",
      lone({
        until: utcTime("401231235960Z"),
      }),
      { why: "POSIX has no leap seconds, X.680 does" },
    ),
    ...Object.entries(BROKEN).flatMap(([what, until]) => [
      refuse(`leaf whose end is ${what}`, lone({ until })),
      refuse(`intermediate whose end is ${what}`, below({ until })),
      refuse(`forged leaf whose end is ${what}`, forged({ until })),
      refuse(
        `forged intermediate whose end is ${what}`,
        belowForged({ until }),
      ),
    ]),
    refuse(
      "leaf whose beginning is UTCTime without Z",
      lone({
        from: utcTime(digitsOf(days(-3)).slice(2, -1)),
      }),
    ),
  ];
}
