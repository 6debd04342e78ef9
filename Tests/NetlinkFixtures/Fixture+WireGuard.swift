// Not recorded: a stand-in, since the kernel of the recordings had no WireGuard. Written after <linux/wireguard.h> and
// `wg_get_device_dump` of drivers/net/wireguard/netlink.c, in that function's order. Secrets are 5e repeated. Little-endian.

extension Fixture {
  /// The family `wireguard`, number 30.
  package static let wireGuardFamily = message(
    """
    44 00 00 00  // nlmsg_len = 68
    10 00  // nlmsg_type = GENL_ID_CTRL
    02 00  // nlmsg_flags = NLM_F_MULTI
    01 00 00 00 00 00 00 00  // nlmsg_seq, nlmsg_pid
    01 02 00 00  // struct genlmsghdr
    0e 00 02 00 77 69 72 65 67 75 61 72 64 00 00 00  // CTRL_ATTR_FAMILY_NAME
    06 00 01 00 1e 00 00 00  // CTRL_ATTR_FAMILY_ID
    08 00 03 00 01 00 00 00  // CTRL_ATTR_VERSION
    08 00 04 00 00 00 00 00  // CTRL_ATTR_HDRSIZE
    08 00 05 00 08 00 00 00  // CTRL_ATTR_MAXATTR
    """)

  /// A device, and a peer whose allowed addresses do not fit.
  package static let wireGuardDevice = message(
    """
    3c 01 00 00  // nlmsg_len = 316
    1e 00  // nlmsg_type = the family's number
    02 00  // nlmsg_flags = NLM_F_MULTI
    01 00 00 00 00 00 00 00  // nlmsg_seq, nlmsg_pid
    00 01 00 00  // struct genlmsghdr
    06 00 06 00 6c ca 00 00  // WGDEVICE_A_LISTEN_PORT
    08 00 07 00 33 00 00 00  // WGDEVICE_A_FWMARK
    08 00 01 00 04 00 00 00  // WGDEVICE_A_IFINDEX
    08 00 02 00 77 67 30 00  // WGDEVICE_A_IFNAME
    24 00 03 00 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e  // WGDEVICE_A_PRIVATE_KEY
    5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e
    24 00 04 00 0d 0d 0d 0d 0d 0d 0d 0d 0d 0d 0d 0d 0d 0d 0d 0d  // WGDEVICE_A_PUBLIC_KEY
    0d 0d 0d 0d 0d 0d 0d 0d 0d 0d 0d 0d 0d 0d 0d 0d
    c0 00 08 80  // WGDEVICE_A_PEERS
      bc 00 00 80  // the first peer
        24 00 01 00 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1  // WGPEER_A_PUBLIC_KEY
        a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1
        24 00 02 00 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e  // WGPEER_A_PRESHARED_KEY
        5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e 5e
        14 00 06 00 00 f1 53 65 00 00 00 00 00 65 cd 1d 00 00 00 00  // WGPEER_A_LAST_HANDSHAKE_TIME
        06 00 05 00 19 00 00 00  // WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL
        0c 00 08 00 00 00 f0 0e 00 00 00 00  // WGPEER_A_TX_BYTES
        0c 00 07 00 00 00 10 00 00 00 00 00  // WGPEER_A_RX_BYTES
        08 00 0a 00 01 00 00 00  // WGPEER_A_PROTOCOL_VERSION
        14 00 04 00 02 00 d7 bf 0a 0c 20 0d 00 00 00 00 00 00 00 00  // WGPEER_A_ENDPOINT
        20 00 09 80  // WGPEER_A_ALLOWEDIPS
          1c 00 00 80  // an allowed address
            05 00 03 00 20 00 00 00  // WGALLOWEDIP_A_CIDR_MASK
            06 00 01 00 02 00 00 00  // WGALLOWEDIP_A_FAMILY
            08 00 02 00 ac 10 f9 02  // WGALLOWEDIP_A_IPADDR
    """)

  /// The rest of that peer, and one that was never heard of.
  package static let wireGuardRest = message(
    """
    34 01 00 00  // nlmsg_len = 308
    1e 00  // nlmsg_type = the family's number
    02 00  // nlmsg_flags = NLM_F_MULTI
    01 00 00 00 00 00 00 00  // nlmsg_seq, nlmsg_pid
    00 01 00 00  // struct genlmsghdr
    20 01 08 80  // WGDEVICE_A_PEERS
      54 00 00 80  // the first peer goes on
        24 00 01 00 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1  // WGPEER_A_PUBLIC_KEY
        a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1 a1
        2c 00 09 80  // WGPEER_A_ALLOWEDIPS
          28 00 00 80  // an allowed address
            05 00 03 00 80 00 00 00  // WGALLOWEDIP_A_CIDR_MASK
            06 00 01 00 0a 00 00 00  // WGALLOWEDIP_A_FAMILY
            14 00 02 00 fd 00 02 49 00 00 00 00 00 00 00 00 00 00 00 02  // WGALLOWEDIP_A_IPADDR
      c8 00 00 80  // a second peer that was never there
        24 00 01 00 b2 b2 b2 b2 b2 b2 b2 b2 b2 b2 b2 b2 b2 b2 b2 b2  // WGPEER_A_PUBLIC_KEY
        b2 b2 b2 b2 b2 b2 b2 b2 b2 b2 b2 b2 b2 b2 b2 b2
        24 00 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  // WGPEER_A_PRESHARED_KEY
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        14 00 06 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  // WGPEER_A_LAST_HANDSHAKE_TIME
        06 00 05 00 00 00 00 00  // WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL
        0c 00 08 00 00 00 00 00 00 00 00 00  // WGPEER_A_TX_BYTES
        0c 00 07 00 00 00 00 00 00 00 00 00  // WGPEER_A_RX_BYTES
        08 00 0a 00 01 00 00 00  // WGPEER_A_PROTOCOL_VERSION
        20 00 04 00 0a 00 ca 6c 00 00 00 00 20 01 0d b8 00 00 00 00  // WGPEER_A_ENDPOINT
        00 00 00 00 00 00 00 07 00 00 00 00
        20 00 09 80  // WGPEER_A_ALLOWEDIPS
          1c 00 00 80  // an allowed address
            05 00 03 00 10 00 00 00  // WGALLOWEDIP_A_CIDR_MASK
            06 00 01 00 02 00 00 00  // WGALLOWEDIP_A_FAMILY
            08 00 02 00 0a 63 00 00  // WGALLOWEDIP_A_IPADDR
    """)
}
