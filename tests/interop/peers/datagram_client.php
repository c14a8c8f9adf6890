<?php

/**
 * PHP's ext-sockets as a client that wants its datagrams back.
 *
 *     php datagram_client.php HOST PORT SIZE...
 */

declare(strict_types=1);

[, $host, $port] = $argv;
$sizes = array_map('intval', array_slice($argv, 3));
$family = str_contains($host, ':') ? AF_INET6 : AF_INET;
$client = socket_create($family, SOCK_DGRAM, SOL_UDP);
socket_set_option($client, SOL_SOCKET, SO_RCVTIMEO, ['sec' => 5, 'usec' => 0]);
$kept = 0;
foreach ($sizes as $size) {
    $sent = '';
    for ($i = 0; $i < $size; $i++) {
        $sent .= chr(($i * 7 + $size) % 256);
    }
    socket_sendto($client, $sent, $size, 0, $host, (int) $port);
    $got = null;
    socket_recvfrom($client, $got, 65536, 0, $from, $fromPort);
    $kept += (int) ($got === $sent && $fromPort === (int) $port);
}
echo json_encode(['kept' => $kept]), "\n";
