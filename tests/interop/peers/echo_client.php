<?php

/**
 * PHP's sockets extension as the client of the dialogue.
 *
 *     php echo_client.php HOST PORT PAYLOAD EXCHANGES DIGITS
 */

declare(strict_types=1);

const PIECES = [1, 7, 4096, 65536, 333, 100_000];

[, $host, $port, $file, $exchanges, $digits] = $argv;
$payload = file_get_contents($file);
foreach (str_split($exchanges) as $exchange) {
    $header = "$exchange$digits\n";
    $socket = open($host, (int) $port);
    [$received, $expected, $end] = match ($exchange) {
        'E' => echo_all($socket, $header . $payload),
        'R' => expect_reset($socket, $header, substr($payload, 0, 56)),
        'H' => expect_reset_after_end($socket, $header),
        'C' => reset_it($socket, $header),
    };
    socket_close($socket);
    echo json_encode([
        'exchange' => $exchange,
        'received' => strlen($received),
        'identical' => $received === $expected,
        'end' => $end,
    ]), "\n";
}

function open(string $host, int $port): Socket
{
    $family = match (true) {
        str_starts_with($host, '/') => AF_UNIX,
        str_contains($host, ':') => AF_INET6,
        default => AF_INET,
    };
    $socket = socket_create($family, SOCK_STREAM, 0);
    if (!socket_connect($socket, $host, $port)) {
        exit(1);
    }
    return $socket;
}

/** Sends in turn with reading, as the system allows. */
function echo_all(Socket $socket, string $request): array
{
    socket_set_nonblock($socket);
    $received = '';
    $sent = 0;
    for ($i = 0;;) {
        $readable = [$socket];
        $writable = $sent < strlen($request) ? [$socket] : [];
        $exceptional = null;
        socket_select($readable, $writable, $exceptional, null);
        if ($writable !== []) {
            $size = PIECES[$i++ % count(PIECES)];
            // False where the system had less room than it said.
            $sent += (int) @socket_write($socket, substr($request, $sent, $size));
            if ($sent === strlen($request)) {
                socket_shutdown($socket, 1);
            }
        }
        if ($readable !== []) {
            $n = @socket_recv($socket, $piece, 65536, 0);
            if ($n === false) {
                return [$received, $request, error_of($socket)];
            }
            if ($n === 0) {
                return [$received, $request, 'EOF'];
            }
            $received .= $piece;
        }
    }
}

function expect_reset(Socket $socket, string $header, string $rest): array
{
    socket_write($socket, $header . $rest);
    return receive($socket, $header);
}

function expect_reset_after_end(Socket $socket, string $header): array
{
    socket_write($socket, $header);
    socket_shutdown($socket, 1);
    return receive($socket, $header);
}

function reset_it(Socket $socket, string $header): array
{
    socket_write($socket, $header);
    socket_recv($socket, $received, 8, MSG_WAITALL);
    socket_write($socket, $header);
    // Closing then resets; on a Unix socket the unread bytes do.
    $linger = ['l_onoff' => 1, 'l_linger' => 0];
    socket_set_option($socket, SOL_SOCKET, SO_LINGER, $linger);
    return [$received, $header, 'reset'];
}

/** Reads until the connection ends; only a header is expected, which more may follow. */
function receive(Socket $socket, string $header): array
{
    $received = '';
    while ($n = @socket_recv($socket, $piece, 65536, 0)) {
        $received .= $piece;
    }
    $end = $n === false ? error_of($socket) : 'EOF';
    return [$received, $header . substr($received, 8), $end];
}

function error_of(Socket $socket): string
{
    $error = socket_last_error($socket);
    return $error === SOCKET_ECONNRESET ? 'ECONNRESET' : socket_strerror($error);
}
