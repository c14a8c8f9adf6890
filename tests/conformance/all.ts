/**
 * Every case.
 *
 * @module
 */
import { accepting } from "./accepting.ts";
import { addresses } from "./addresses.ts";
import { wrongArguments } from "./arguments.ts";
import { backlog } from "./backlog.ts";
import { cancelling } from "./cancelling.ts";
import { classicCalls } from "./classic_calls.ts";
import { classicDatagramOptions } from "./classic_datagram_options.ts";
import { classicDatagramPeers } from "./classic_datagram_peers.ts";
import { classicDatagrams } from "./classic_datagrams.ts";
import { classicDetails } from "./classic_details.ts";
import { breaking } from "./breaking.ts";
import type { Case } from "./case.ts";
import { closing } from "./closing.ts";
import { connecting } from "./connecting.ts";
import { counting } from "./counting.ts";
import { copying } from "./copying.ts";
import { wrongDatagramArguments } from "./datagram_arguments.ts";
import { datagramBounds } from "./datagram_bounds.ts";
import { datagramEnds } from "./datagram_ends.ts";
import { datagramOptions } from "./datagram_options.ts";
import { datagramPeers } from "./datagram_peers.ts";
import { datagrams } from "./datagrams.ts";
import { given } from "./given.ts";
import { halfClose } from "./half_close.ts";
import { hostileValues } from "./hostile_values.ts";
import { listening } from "./listening.ts";
import { lostBuffers } from "./lost_buffers.ts";
import { messages } from "./messages.ts";
import { ownOptions } from "./own_options.ts";
import { piping } from "./piping.ts";
import { reading } from "./reading.ts";
import { readingOrder } from "./reading_order.ts";
import { refusing } from "./refusing.ts";
import { services } from "./services.ts";
import { servers } from "./serving.ts";
import { serverHosts } from "./serving_hosts.ts";
import { serverLimits } from "./serving_limits.ts";
import { serverOptions } from "./serving_options.ts";
import { serverReturns } from "./serving_returned.ts";
import { shortEnds } from "./short_ends.ts";
import { shutdowns } from "./serving_shutdown.ts";
import { streamChecks } from "./stream_checks.ts";
import { streams } from "./streams.ts";
import { cancelledStreams } from "./streams_cancelled.ts";
import { tcpOptions } from "./tcp_options.ts";
import { tlsEarlyCloses } from "./tls_early_closes.ts";
import { tlsEnds } from "./tls_ends.ts";
import { tlsFarewells } from "./tls_farewells.ts";
import { wrongTlsArguments } from "./tls_arguments.ts";
import { tlsCertificates } from "./tls_certificates.ts";
import { tlsCiphers } from "./tls_ciphers.ts";
import { tlsClientAuth } from "./tls_client_auth.ts";
import { tlsGarbage } from "./tls_garbage.ts";
import { tlsHandshake } from "./tls_handshake.ts";
import { tlsHandshakeLimits } from "./tls_handshake_limits.ts";
import { tlsMaterial } from "./tls_material.ts";
import { tlsNames } from "./tls_names.ts";
import { tlsPlaces } from "./tls_places.ts";
import { tlsReasons } from "./tls_reasons.ts";
import { tlsRefusals } from "./tls_refusals.ts";
import { tlsReload } from "./tls_reload.ts";
import { tlsServing } from "./tls_serving.ts";
import { tlsStart } from "./tls_start.ts";
import { tlsStartRefusals } from "./tls_start_refusals.ts";
import { tlsStrangers } from "./tls_strangers.ts";
import { tlsStreams } from "./tls_streams.ts";
import { tlsTampering } from "./tls_tampering.ts";
import { tlsTrust } from "./tls_trust.ts";
import { unix } from "./unix.ts";
import { unixFiles } from "./unix_files.ts";
import { unknownOptions } from "./unknown_options.ts";
import { writing } from "./writing.ts";

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
