/**
 * Every case.
 *
 * @module
 */
import { accepting } from "./stream/accepting.ts";
import { addresses } from "./stream/addresses.ts";
import { wrongArguments } from "./stream/arguments.ts";
import { backlog } from "./stream/backlog.ts";
import { cancelling } from "./stream/cancelling.ts";
import { classicCalls } from "./berkeley/calls.ts";
import { classicDatagramOptions } from "./berkeley/datagram_options.ts";
import { classicDatagramPeers } from "./berkeley/datagram_peers.ts";
import { classicDatagrams } from "./berkeley/datagrams.ts";
import { classicDetails } from "./berkeley/details.ts";
import { breaking } from "./stream/breaking.ts";
import type { Case } from "./case.ts";
import { closing } from "./stream/closing.ts";
import { connecting } from "./stream/connecting.ts";
import { counting } from "./stream/counting.ts";
import { copying } from "./stream/copying.ts";
import { wrongDatagramArguments } from "./datagram/arguments.ts";
import { datagramBounds } from "./datagram/bounds.ts";
import { datagramEnds } from "./datagram/ends.ts";
import { datagramOptions } from "./datagram/options.ts";
import { datagramPeers } from "./datagram/peers.ts";
import { datagrams } from "./datagram/datagrams.ts";
import { given } from "./stream/given.ts";
import { halfClose } from "./stream/half_close.ts";
import { hostileValues } from "./hostile_values.ts";
import { listening } from "./stream/listening.ts";
import { lostBuffers } from "./stream/lost_buffers.ts";
import { messages } from "./messages.ts";
import { ownOptions } from "./own_options.ts";
import { piping } from "./stream/piping.ts";
import { reading } from "./stream/reading.ts";
import { readingOrder } from "./stream/reading_order.ts";
import { refusing } from "./refusing.ts";
import { services } from "./berkeley/services.ts";
import { servers } from "./serve/handling.ts";
import { serverHosts } from "./serve/hosts.ts";
import { serverLimits } from "./serve/limits.ts";
import { serverOptions } from "./serve/options.ts";
import { serverReturns } from "./serve/returned.ts";
import { shortEnds } from "./stream/short_ends.ts";
import { shutdowns } from "./serve/shutdown.ts";
import { streamChecks } from "./stream/stream_checks.ts";
import { streams } from "./stream/streams.ts";
import { cancelledStreams } from "./stream/streams_cancelled.ts";
import { tcpOptions } from "./stream/tcp_options.ts";
import { tlsEarlyCloses } from "./tls/early_closes.ts";
import { tlsEnds } from "./tls/ends.ts";
import { tlsFarewells } from "./tls/farewells.ts";
import { wrongTlsArguments } from "./tls/arguments.ts";
import { tlsCertificates } from "./tls/certificates.ts";
import { tlsCiphers } from "./tls/ciphers.ts";
import { tlsClientAuth } from "./tls/client_auth.ts";
import { tlsGarbage } from "./tls/garbage.ts";
import { tlsHandshake } from "./tls/handshake.ts";
import { tlsHandshakeLimits } from "./tls/handshake_limits.ts";
import { tlsMaterial } from "./tls/material.ts";
import { tlsNames } from "./tls/names.ts";
import { tlsPlaces } from "./tls/places.ts";
import { tlsReasons } from "./tls/reasons.ts";
import { tlsRefusals } from "./tls/refusals.ts";
import { tlsReload } from "./tls/reload.ts";
import { tlsServing } from "./tls/serving.ts";
import { tlsStart } from "./tls/start.ts";
import { tlsStartRefusals } from "./tls/start_refusals.ts";
import { tlsStrangers } from "./tls/strangers.ts";
import { tlsStreams } from "./tls/streams.ts";
import { tlsTampering } from "./tls/tampering.ts";
import { tlsTrust } from "./tls/trust.ts";
import { unix } from "./stream/unix.ts";
import { unixFiles } from "./stream/unix_files.ts";
import { unknownOptions } from "./unknown_options.ts";
import { writing } from "./stream/writing.ts";

/** Every case. */
export const cases: readonly Case[] = [
  ...wrongArguments,
  ...messages,
  ...given,
  ...hostileValues,
  ...ownOptions,
  ...unknownOptions,
  ...listening,
  ...accepting,
  ...backlog,
  ...connecting,
  ...addresses,
  ...refusing,
  ...reading,
  ...readingOrder,
  ...writing,
  ...lostBuffers,
  ...breaking,
  ...halfClose,
  ...cancelling,
  ...closing,
  ...shortEnds,
  ...tcpOptions,
  ...streams,
  ...cancelledStreams,
  ...piping,
  ...copying,
  ...streamChecks,
  ...unix,
  ...unixFiles,
  ...counting,
  ...datagrams,
  ...datagramBounds,
  ...datagramEnds,
  ...datagramPeers,
  ...datagramOptions,
  ...wrongDatagramArguments,
  ...servers,
  ...serverLimits,
  ...serverHosts,
  ...serverReturns,
  ...serverOptions,
  ...shutdowns,
  ...classicCalls,
  ...classicDetails,
  ...classicDatagrams,
  ...classicDatagramPeers,
  ...classicDatagramOptions,
  ...services,
  ...tlsHandshake,
  ...tlsHandshakeLimits,
  ...tlsPlaces,
  ...tlsStreams,
  ...tlsEnds,
  ...tlsFarewells,
  ...tlsEarlyCloses,
  ...tlsCertificates,
  ...tlsTrust,
  ...tlsMaterial,
  ...tlsCiphers,
  ...tlsReasons,
  ...tlsRefusals,
  ...tlsNames,
  ...tlsStrangers,
  ...tlsReload,
  ...tlsClientAuth,
  ...tlsStart,
  ...tlsStartRefusals,
  ...wrongTlsArguments,
  ...tlsServing,
  ...tlsTampering,
  ...tlsGarbage,
];
