// From <linux/netlink.h> and <linux/socket.h>.

let NETLINK_ROUTE: Int32 = 0
let NETLINK_SOCK_DIAG: Int32 = 4
let NETLINK_NETFILTER: Int32 = 12

let NLMSG_NOOP: UInt16 = 1
let NLMSG_ERROR: UInt16 = 2
let NLMSG_DONE: UInt16 = 3
let NLMSG_OVERRUN: UInt16 = 4

let NLM_F_REQUEST: UInt16 = 0x1
let NLM_F_DUMP_INTR: UInt16 = 0x10
let NLM_F_DUMP: UInt16 = 0x300
/// Set on NLMSG_ERROR and NLMSG_DONE.
let NLM_F_CAPPED: UInt16 = 0x100
let NLM_F_ACK_TLVS: UInt16 = 0x200

let NLMSGERR_ATTR_MSG: UInt16 = 1

let NLA_F_NESTED: UInt16 = 0x8000
/// Without NLA_F_NESTED and NLA_F_NET_BYTEORDER.
let NLA_TYPE_MASK: UInt16 = 0x3FFF

/// sizeof(struct nlmsghdr): u32 length, u16 type, u16 flags, u32 sequence, u32 port.
let NLMSG_HDRLEN = 16
/// sizeof(struct nlattr): u16 length, u16 type.
let NLA_HDRLEN = 4

let AF_UNSPEC: UInt8 = 0
let AF_UNIX: UInt8 = 1
let AF_INET: UInt8 = 2
let AF_BRIDGE: UInt8 = 7
let AF_INET6: UInt8 = 10
