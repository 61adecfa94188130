#!/bin/bash
# A small internet of network namespaces: a WAN, and hosts each behind a NAT router of its own. Needs root.
#   network.sh up NAME          makes NAME-wan, and NAME-a, NAME-b, NAME-c, each behind NAME-nat-a, ...
#   network.sh nat NAME KIND    sets how all routers translate: cone (ports are kept), symmetric (a random port for each
#                               peer), reset (ports are kept, and what comes unasked is answered with RST instead of dropped)
#   network.sh block NAME X Y   X's router drops what goes to Y's
#   network.sh unblock NAME X Y
#   network.sh down NAME        removes everything, and ends the processes that still run in it
#   network.sh guard NAME PID   does so when the process has ended without doing it
# The WAN is 198.51.100.1; the routers of a, b, c are 198.51.100.11, .12, .13; every host is 10.0.0.2 behind its router.
set -euo pipefail

command=${1:?usage: network.sh up|nat|block|unblock|guard|down NAME ...}
name=${2:?usage: network.sh up|nat|block|unblock|guard|down NAME ...}
hosts="a b c"

address() { # the WAN address of a host's router
  case $1 in a) echo 198.51.100.11 ;; b) echo 198.51.100.12 ;; c) echo 198.51.100.13 ;; *) exit 2 ;; esac
}

within() { ip netns exec "$name-$1" "${@:2}"; }

up() {
  trap '[ $? = 0 ] || down' EXIT
  ip netns add "$name-wan"
  within wan ip link set lo up
  within wan ip link add bridge type bridge
  within wan ip addr add 198.51.100.1/24 dev bridge
  within wan ip link set bridge up
  for host in $hosts; do
    ip netns add "$name-nat-$host"
    ip netns add "$name-$host"
    ip link add wan netns "$name-nat-$host" type veth peer name "to-$host" netns "$name-wan"
    ip link add lan netns "$name-nat-$host" type veth peer name lan netns "$name-$host"
    within wan ip link set "to-$host" master bridge up
    within "nat-$host" ip link set lo up
    within "nat-$host" ip addr add "$(address "$host")/24" dev wan
    within "nat-$host" ip link set wan up
    within "nat-$host" ip addr add 10.0.0.1/24 dev lan
    within "nat-$host" ip link set lan up
    within "nat-$host" sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
    within "$host" ip link set lo up
    within "$host" ip addr add 10.0.0.2/24 dev lan
    within "$host" ip link set lan up
    within "$host" ip route add default via 10.0.0.1
  done
  nat cone
}

nat() {
  for host in $hosts; do
    within "nat-$host" iptables -t nat -F
    within "nat-$host" iptables -F
    case $1 in
      cone | reset) within "nat-$host" iptables -t nat -A POSTROUTING -o wan -j MASQUERADE ;;
      symmetric) within "nat-$host" iptables -t nat -A POSTROUTING -o wan -p tcp -j MASQUERADE --random-fully ;;
      *) exit 2 ;;
    esac
    unasked=DROP
    [ "$1" = reset ] && unasked=ACCEPT
    for chain in INPUT FORWARD; do
      within "nat-$host" iptables -A $chain -i wan -m conntrack --ctstate NEW -j $unasked
    done
  done
}

down() {
  for each in wan $(for host in $hosts; do echo "nat-$host" "$host"; done); do
    [ -e "/run/netns/$name-$each" ] || continue
    for pid in $(ip netns pids "$name-$each"); do kill -9 "$pid" 2>/dev/null || true; done
    ip netns del "$name-$each"
  done
}

guard() {
  while [ -e "/run/netns/$name-wan" ]; do
    kill -0 "$1" 2>/dev/null || { down; break; }
    sleep 1
  done
}

case $command in
  guard) guard "${3:?}" ;;
  up) up ;;
  nat) nat "${3:?cone, symmetric or reset}" ;;
  block) within "nat-${3:?}" iptables -I FORWARD -d "$(address "${4:?}")" -j DROP ;;
  unblock) within "nat-${3:?}" iptables -D FORWARD -d "$(address "${4:?}")" -j DROP ;;
  down) down ;;
  *) exit 2 ;;
esac
