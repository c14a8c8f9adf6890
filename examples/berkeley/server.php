<?php
// The server, in PHP:  php server.php [port]

$port = (int) ($argv[1] ?? 8080);

$server = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
socket_set_option($server, SOL_SOCKET, SO_REUSEADDR, 1);
if (!@socket_bind($server, '127.0.0.1', $port)) {
    exit('bind: ' . socket_strerror(socket_last_error($server)) . "\n");
}
socket_listen($server, 5);
socket_getsockname($server, $host, $port);
echo "Listening on $host:$port\n";
while (true) {
    $client = socket_accept($server);
    socket_getpeername($client, $host, $port);
    echo "Connection from $host:$port\n";
    while (socket_recv($client, $data, 1024, 0) > 0) {
        $data = strtoupper($data);
        for ($sent = 0; $sent < strlen($data);) {
            $sent += socket_send($client, substr($data, $sent), strlen($data) - $sent, 0);
        }
    }
    socket_shutdown($client, 2);
    socket_close($client);
}
