/**
 * Anyport on every runtime as the client of servers that are not Anyport.
 *
 * @module
 */
import { anyportClients } from "./anyport.ts";
import { testPairs } from "./pairs.ts";
import { peerServers } from "./peers.ts";

testPairs(anyportClients, peerServers);
