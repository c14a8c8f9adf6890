/**
 * Anyport on every runtime as the server of every client.
 *
 * @module
 */
import { anyportClients, anyportServers } from "./anyport.ts";
import { testPairs } from "./pairs.ts";
import { peerClients } from "./peers.ts";

testPairs([...anyportClients, ...peerClients], anyportServers);
