// Recorded from Linux 6.18 on a little-endian machine; attributes that nobody reads are left out of the links.

extension Fixture {
  /// One end of a veth pair whose other end is in the namespace numbered 0.
  package static let vethLink = message(
    """
    38 01 00 00  // nlmsg_len = 312
    10 00  // nlmsg_type = RTM_NEWLINK
    02 00  // nlmsg_flags = 0x2
    01 00 00 00 00 00 00 00  // nlmsg_seq, nlmsg_pid
    00 00 01 00 03 00 00 00 03 10 00 00 00 00 00 00  // struct ifinfomsg
    0a 00 03 00 76 65 74 68 30 00 00 00  // IFLA_IFNAME
    08 00 04 00 dc 05 00 00  // IFLA_MTU
    0a 00 01 00 02 00 00 00 00 01 00 00  // IFLA_ADDRESS
    0a 00 02 00 ff ff ff ff ff ff 00 00  // IFLA_BROADCAST
    cc 00 17 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  // IFLA_STATS64
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 04 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00
    10 00 12 00  // IFLA_LINKINFO
      09 00 01 00 76 65 74 68 00 00 00 00  // IFLA_INFO_KIND
    08 00 25 00 00 00 00 00  // IFLA_LINK_NETNSID
    08 00 05 00 02 00 00 00  // IFLA_LINK
    """)

  /// A persistent tap device that user 1000 owns.
  package static let tapLink = message(
    """
    58 01 00 00  // nlmsg_len = 344
    10 00  // nlmsg_type = RTM_NEWLINK
    02 00  // nlmsg_flags = 0x2
    01 00 00 00 00 00 00 00  // nlmsg_seq, nlmsg_pid
    00 00 01 00 04 00 00 00 03 10 00 00 00 00 00 00  // struct ifinfomsg
    09 00 03 00 74 61 70 30 00 00 00 00  // IFLA_IFNAME
    08 00 04 00 dc 05 00 00  // IFLA_MTU
    0a 00 01 00 02 00 00 00 00 02 00 00  // IFLA_ADDRESS
    0a 00 02 00 ff ff ff ff ff ff 00 00  // IFLA_BROADCAST
    cc 00 17 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  // IFLA_STATS64
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00
    40 00 12 00  // IFLA_LINKINFO
      08 00 01 00 74 75 6e 00  // IFLA_INFO_KIND
      34 00 02 00  // IFLA_INFO_DATA
        05 00 03 00 02 00 00 00  // IFLA_TUN_TYPE
        08 00 01 00 e8 03 00 00  // IFLA_TUN_OWNER
        05 00 04 00 00 00 00 00  // type 4
        05 00 05 00 00 00 00 00  // type 5
        05 00 06 00 01 00 00 00  // type 6
        05 00 07 00 00 00 00 00  // type 7
    """)

  /// The end of a dump.
  package static let done = message(
    """
    14 00 00 00  // nlmsg_len = 20
    03 00  // nlmsg_type = NLMSG_DONE
    02 00  // nlmsg_flags = 0x2
    01 00 00 00 00 00 00 00  // nlmsg_seq, nlmsg_pid
    00 00 00 00  // i32 error
    """)

  /// 10.1.0.1/24
  package static let addressV4 = message(
    """
    50 00 00 00  // nlmsg_len = 80
    14 00  // nlmsg_type = RTM_NEWADDR
    02 00  // nlmsg_flags = 0x2
    01 00 00 00 00 00 00 00  // nlmsg_seq, nlmsg_pid
    02 18 80 00 03 00 00 00  // struct ifaddrmsg
    08 00 01 00 0a 01 00 01  // IFA_ADDRESS
    08 00 02 00 0a 01 00 01  // IFA_LOCAL
    0a 00 03 00 76 65 74 68 30 00 00 00  // IFA_LABEL
    08 00 08 00 80 00 00 00  // IFA_FLAGS
    14 00 06 00 ff ff ff ff ff ff ff ff 89 af 04 00 89 af 04 00  // IFA_CACHEINFO
    """)

  /// 10.2.0.1 peer 10.2.0.2/32
  package static let addressPeer = message(
    """
    50 00 00 00  // nlmsg_len = 80
    14 00  // nlmsg_type = RTM_NEWADDR
    02 00  // nlmsg_flags = 0x2
    01 00 00 00 00 00 00 00  // nlmsg_seq, nlmsg_pid
    02 20 80 00 04 00 00 00  // struct ifaddrmsg
    08 00 01 00 0a 02 00 02  // IFA_ADDRESS
    08 00 02 00 0a 02 00 01  // IFA_LOCAL
    09 00 03 00 74 61 70 30 00 00 00 00  // IFA_LABEL
    08 00 08 00 80 00 00 00  // IFA_FLAGS
    14 00 06 00 ff ff ff ff ff ff ff ff 89 af 04 00 89 af 04 00  // IFA_CACHEINFO
    """)

  /// 2001:db8::1/64
  package static let addressV6 = message(
    """
    48 00 00 00  // nlmsg_len = 72
    14 00  // nlmsg_type = RTM_NEWADDR
    02 00  // nlmsg_flags = 0x2
    01 00 00 00 00 00 00 00  // nlmsg_seq, nlmsg_pid
    0a 40 82 00 03 00 00 00  // struct ifaddrmsg
    14 00 01 00 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01  // IFA_ADDRESS
    14 00 06 00 ff ff ff ff ff ff ff ff 89 af 04 00 89 af 04 00  // IFA_CACHEINFO
    08 00 08 00 82 00 00 00  // IFA_FLAGS
    """)

  /// 10.1.0.9 is at 02:00:00:00:00:09, permanently.
  package static let neighbour = message(
    """
    4c 00 00 00  // nlmsg_len = 76
    1c 00  // nlmsg_type = RTM_NEWNEIGH
    02 00  // nlmsg_flags = 0x2
    01 00 00 00 00 00 00 00  // nlmsg_seq, nlmsg_pid
    02 00 00 00 03 00 00 00 80 00 00 01  // struct ndmsg
    08 00 01 00 0a 01 00 09  // NDA_DST
    0a 00 02 00 02 00 00 00 00 09 00 00  // NDA_LLADDR
    08 00 04 00 00 00 00 00  // NDA_PROBES
    14 00 03 00 ca 00 00 00 ca 00 00 00 ca 00 00 00 00 00 00 00  // NDA_CACHEINFO
    """)

  /// To 192.0.2.7 via 10.1.0.9.
  package static let route = message(
    """
    70 00 00 00  // nlmsg_len = 112
    18 00  // nlmsg_type = RTM_NEWROUTE
    00 00  // nlmsg_flags = 0x0
    01 00 00 00 00 00 00 00  // nlmsg_seq, nlmsg_pid
    02 20 00 00 fe 00 00 01 00 02 00 00  // struct rtmsg
    08 00 0f 00 fe 00 00 00  // RTA_TABLE
    08 00 01 00 c0 00 02 07  // RTA_DST
    08 00 04 00 03 00 00 00  // RTA_OIF
    08 00 07 00 0a 01 00 01  // RTA_PREFSRC
    08 00 05 00 0a 01 00 09  // RTA_GATEWAY
    08 00 19 00 00 00 00 00  // RTA_UID
    24 00 0c 00 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  // RTA_CACHEINFO
    00 00 00 00 00 00 00 00 00 00 00 00
    """)

  /// A request with a wrong prefix length is refused, with an explanation.
  package static let refusal = message(
    """
    74 00 00 00  // nlmsg_len = 116
    02 00  // nlmsg_type = NLMSG_ERROR
    00 02  // nlmsg_flags = 0x200
    01 00 00 00 00 00 00 00  // nlmsg_seq, nlmsg_pid
    ea ff ff ff  // error
    24 00 00 00 1a 00 01 00 01 00 00 00 00 00 00 00 02 1f 00 00 00 00 00 00  // the request
    00 10 00 00 08 00 01 00 c0 00 02 07
    39 00 01 00 69 70 76 34 3a 20 49 6e 76 61 6c 69 64 20 76 61 6c 75 65 73  // NLMSGERR_ATTR_MSG
    20 69 6e 20 68 65 61 64 65 72 20 66 6f 72 20 72 6f 75 74 65 20 67 65 74
    20 72 65 71 75 65 73 74 00 00 00 00
    """)

  /// 127.0.0.1:40000 connected to 127.0.0.2:8080.
  package static let socketV4 = message(
    """
    98 01 00 00  // nlmsg_len = 408
    14 00  // nlmsg_type = SOCK_DIAG_BY_FAMILY
    00 00  // nlmsg_flags = 0x0
    01 00 00 00 00 00 00 00  // nlmsg_seq, nlmsg_pid
    02 01 00 00 9c 40 1f 90 7f 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00  // struct inet_diag_msg
    7f 00 00 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 17 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 7f 4e 01 00
    05 00 08 00 00 00 00 00  // INET_DIAG_SHUTDOWN
    08 00 0f 00 00 00 00 00  // type 15
    0c 00 15 00 01 00 00 00 00 00 00 00  // INET_DIAG_CGROUP_ID
    06 00 16 00 52 00 00 00  // INET_DIAG_SOCKOPT
    1c 01 02 00 01 00 00 00 00 07 aa 01 e0 1c 03 00 00 00 00 00 00 8a 00 00  // INET_DIAG_INFO
    18 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 dc 07 00 00 00 00 00 00 ff ff 00 00 d7 ff 00 00
    53 00 00 00 2a 00 00 00 ff ff ff 7f 0b 00 00 00 cb ff 00 00 03 00 00 00
    00 00 00 00 d7 ff 00 00 00 00 00 00 94 10 c4 79 02 00 00 00 ff ff ff ff
    ff ff ff ff e9 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00 03 00 00 00
    02 00 00 00 00 00 00 00 34 00 00 00 00 00 00 00 01 00 00 00 27 96 7e 28
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 02 00 00 00 00 00 00 00 e8 03 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 14 01 00 00 00 01 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    """)

  /// An AF_INET6 socket that was accepted from 127.0.0.1:40001 at [::]:9091.
  package static let socketMapped = message(
    """
    98 01 00 00  // nlmsg_len = 408
    14 00  // nlmsg_type = SOCK_DIAG_BY_FAMILY
    00 00  // nlmsg_flags = 0x0
    01 00 00 00 00 00 00 00  // nlmsg_seq, nlmsg_pid
    0a 01 00 00 23 83 9c 41 00 00 00 00 00 00 00 00 00 00 ff ff 7f 00 00 01  // struct inet_diag_msg
    00 00 00 00 00 00 00 00 00 00 ff ff 7f 00 00 01 00 00 00 00 18 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 4a 4b 01 00
    05 00 08 00 00 00 00 00  // INET_DIAG_SHUTDOWN
    08 00 0f 00 00 00 00 00  // type 15
    0c 00 15 00 01 00 00 00 00 00 00 00  // INET_DIAG_CGROUP_ID
    06 00 16 00 12 00 00 00  // INET_DIAG_SOCKOPT
    1c 01 02 00 01 00 00 00 00 07 aa 01 e0 1c 03 00 00 00 00 00 00 80 00 00  // INET_DIAG_INFO
    18 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ff ff 00 00 cb ff 00 00
    10 00 00 00 08 00 00 00 ff ff ff 7f 0a 00 00 00 cb ff 00 00 03 00 00 00
    00 00 00 00 cb ff 00 00 00 00 00 00 00 9d 96 a0 0d 00 00 00 ff ff ff ff
    ff ff ff ff 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    02 00 00 00 00 00 00 00 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 cb ff 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    """)

  /// 127.0.0.1:40000 -> 127.0.0.2:8080, sent on as 127.0.0.3:40000 -> 127.0.0.1:9090.
  package static let connection = message(
    """
    0c 01 00 00  // nlmsg_len = 268
    00 01  // nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW
    02 00  // nlmsg_flags = 0x2
    01 00 00 00 00 00 00 00  // nlmsg_seq, nlmsg_pid
    02 00 00 00  // struct nfgenmsg
    34 00 01 80  // CTA_TUPLE_ORIG
      14 00 01 80  // CTA_TUPLE_IP
        08 00 01 00 7f 00 00 01  // CTA_IP_V4_SRC
        08 00 02 00 7f 00 00 02  // CTA_IP_V4_DST
      1c 00 02 80  // CTA_TUPLE_PROTO
        05 00 01 00 06 00 00 00  // CTA_PROTO_NUM
        06 00 02 00 9c 40 00 00  // CTA_PROTO_SRC_PORT
        06 00 03 00 1f 90 00 00  // CTA_PROTO_DST_PORT
    34 00 02 80  // CTA_TUPLE_REPLY
      14 00 01 80  // CTA_TUPLE_IP
        08 00 01 00 7f 00 00 01  // CTA_IP_V4_SRC
        08 00 02 00 7f 00 00 03  // CTA_IP_V4_DST
      1c 00 02 80  // CTA_TUPLE_PROTO
        05 00 01 00 06 00 00 00  // CTA_PROTO_NUM
        06 00 02 00 23 82 00 00  // CTA_PROTO_SRC_PORT
        06 00 03 00 9c 40 00 00  // CTA_PROTO_DST_PORT
    08 00 03 00 00 00 01 be  // CTA_STATUS
    08 00 08 00 00 00 00 00  // CTA_MARK
    08 00 0c 00 e2 f2 6a 0d  // CTA_ID
    08 00 0b 00 00 00 00 02  // CTA_USE
    08 00 07 00 00 06 97 80  // CTA_TIMEOUT
    30 00 04 80  // CTA_PROTOINFO
      2c 00 01 80  // CTA_PROTOINFO_TCP
        05 00 01 00 03 00 00 00  // CTA_PROTOINFO_TCP_STATE
        05 00 02 00 0a 00 00 00  // type 2
        05 00 03 00 0a 00 00 00  // type 3
        06 00 04 00 23 00 00 00  // type 4
        06 00 05 00 23 00 00 00  // type 5
    1c 00 09 80  // CTA_COUNTERS_ORIG
      0c 00 01 00 00 00 00 00 00 00 00 03  // CTA_COUNTERS_PACKETS
      0c 00 02 00 00 00 00 00 00 00 04 8c  // CTA_COUNTERS_BYTES
    1c 00 0a 80  // CTA_COUNTERS_REPLY
      0c 00 01 00 00 00 00 00 00 00 00 02  // CTA_COUNTERS_PACKETS
      0c 00 02 00 00 00 00 00 00 00 00 70  // CTA_COUNTERS_BYTES
    """)
}
