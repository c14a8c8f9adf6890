# Runs a command in a network of its own: sh namespace.sh DIRECTORY COMMAND...
#
# To be started by `unshare --net --mount`, so that nothing done here is seen
# outside, and nothing sent here leaves. The files in DIRECTORY take the place
# of those in /etc.
#
#   lo     127.0.0.1 and ::1, and addresses that can be spelled in several ways
#   end0   fe80::1234, with the interface index 77; 2001:db8::1
#          2001:db8::dead lies behind it, and never answers: its neighbour
#          entry spares the asking, and names no host
set -e
directory=$1
shift

for file in "$directory"/*; do
  mount --bind "$file" "/etc/${file##*/}"
done

ip link set lo up
for address in ::7f00:1 2001:db8:0:1:1:1:1:1 2001:db8::1:0:0:1; do
  ip addr add "$address/128" dev lo nodad
done
ip link add index 77 name end0 type veth peer name end1
ip link set end0 up
ip link set end1 up
ip addr add fe80::1234/64 dev end0 nodad
ip addr add 2001:db8::1/64 dev end0 nodad
ip neigh add 2001:db8::dead lladdr 02:00:00:00:00:01 dev end0 nud permanent

exec "$@"
