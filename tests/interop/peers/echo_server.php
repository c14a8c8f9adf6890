<?php

/**
 * PHP's streams as the server of the dialogue, one connection at a time.
 *
 *     php echo_server.php HOST
 *
 * A stream does not tell a reset from an end, so it reports none.
 */

declare(strict_types=1);

$host = $argv[1];
$listener = stream_socket_server(match (true) {
    str_starts_with($host, '/') => "unix://$host",
    str_contains($host, ':') => "tcp://[$host]:0",
    default => "tcp://$host:0",
});
if ($listener === false) {
    exit(1);
}
preg_match('/:(\d+)$/', stream_socket_get_name($listener, false), $found);
echo json_encode(['port' => (int) ($found[1] ?? 0)]), "\n";
while (true) {
    $connection = stream_socket_accept($listener, -1);
    if ($connection !== false) {
        serve($connection);
    }
}

/** @param resource $connection */
function serve($connection): void
{
    // Bytes that are not asked for stay unread, in the system.
    stream_set_read_buffer($connection, 0);
    $header = stream_get_contents($connection, 8);
    if ($header[0] === 'E') {
        echo_all($connection, $header);
    } else {
        if ($header[0] === 'H') {
            stream_get_contents($connection);
        }
        send($connection, $header);
        $socket = socket_import_stream($connection);
        $linger = ['l_onoff' => 1, 'l_linger' => 0];
        socket_set_option($socket, SOL_SOCKET, SO_LINGER, $linger);
    }
    fclose($connection);
}

/** @param resource $connection */
function echo_all($connection, string $held): void
{
    while (($piece = fread($connection, 65536)) !== '' && $piece !== false) {
        send($connection, $held);
        $held = $piece;
    }
    send($connection, $held);
}

/** @param resource $connection */
function send($connection, string $bytes): void
{
    while ($bytes !== '') {
        $n = fwrite($connection, $bytes);
        if ($n === false || $n === 0) {
            throw new RuntimeException('The client takes no more');
        }
        $bytes = substr($bytes, $n);
    }
}
