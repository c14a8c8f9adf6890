<?php
// The client, in PHP:  php client.php port words...

$port = (int) $argv[1];
$words = implode(' ', array_slice($argv, 2));

$client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
if (!@socket_connect($client, '127.0.0.1', $port)) {
    exit('connect: ' . socket_strerror(socket_last_error($client)) . "\n");
}
for ($sent = 0; $sent < strlen($words);) {
    $sent += socket_send($client, substr($words, $sent), strlen($words) - $sent, 0);
}
socket_shutdown($client, 1);
$answer = '';
while (socket_recv($client, $data, 1024, 0) > 0) {
    $answer .= $data;
}
echo "$answer\n";
socket_close($client);
