// From <linux/rtnetlink.h>, <linux/if_link.h>, <linux/if_addr.h>, <linux/neighbour.h>, <linux/net_namespace.h>.

let RTM_NEWLINK: UInt16 = 16
let RTM_GETLINK: UInt16 = 18
let RTM_NEWADDR: UInt16 = 20
let RTM_GETADDR: UInt16 = 22
let RTM_NEWROUTE: UInt16 = 24
let RTM_GETROUTE: UInt16 = 26
let RTM_NEWNEIGH: UInt16 = 28
let RTM_GETNEIGH: UInt16 = 30
let RTM_NEWNSID: UInt16 = 88
let RTM_GETNSID: UInt16 = 90

/// sizeof(struct ifinfomsg): u8 family, u8 padding, u16 type, i32 index, u32 flags, u32 change.
let IFINFOMSG_LENGTH = 16
let IFF_UP: UInt32 = 1

let IFLA_ADDRESS: UInt16 = 1
let IFLA_IFNAME: UInt16 = 3
let IFLA_MTU: UInt16 = 4
let IFLA_LINK: UInt16 = 5
let IFLA_MASTER: UInt16 = 10
let IFLA_LINKINFO: UInt16 = 18
let IFLA_STATS64: UInt16 = 23
let IFLA_LINK_NETNSID: UInt16 = 37
let IFLA_PARENT_DEV_NAME: UInt16 = 56

let IFLA_INFO_KIND: UInt16 = 1
let IFLA_INFO_DATA: UInt16 = 2

let IFLA_VXLAN_GROUP: UInt16 = 2
let IFLA_MACVLAN_MODE: UInt16 = 1
let MACVLAN_MODE_BRIDGE: UInt32 = 4
let IFLA_IPVLAN_FLAGS: UInt16 = 2
let IPVLAN_F_PRIVATE: UInt16 = 1
let IPVLAN_F_VEPA: UInt16 = 2
let IFLA_VXLAN_LINK: UInt16 = 3
let IFLA_VXLAN_GROUP6: UInt16 = 16
let IFLA_GENEVE_REMOTE: UInt16 = 2
let IFLA_GENEVE_REMOTE6: UInt16 = 7
let IFLA_GRE_LINK: UInt16 = 1
let IFLA_GRE_REMOTE: UInt16 = 7
/// ipip, sit and ip6tnl
let IFLA_IPTUN_LINK: UInt16 = 1
let IFLA_IPTUN_REMOTE: UInt16 = 3

let IFLA_TUN_OWNER: UInt16 = 1
let IFLA_TUN_TYPE: UInt16 = 3

/// sizeof(struct ifaddrmsg): u8 family, u8 prefixlen, u8 flags, u8 scope, u32 index.
let IFADDRMSG_LENGTH = 8
let IFA_ADDRESS: UInt16 = 1
let IFA_LOCAL: UInt16 = 2
let IFA_LABEL: UInt16 = 3

/// sizeof(struct ndmsg): u8 family, u8, u16 padding, i32 index, u16 state, u8 flags, u8 type.
let NDMSG_LENGTH = 12
let NDA_DST: UInt16 = 1
let NDA_LLADDR: UInt16 = 2
let NDA_MASTER: UInt16 = 9

/// sizeof(struct rtmsg): u8 family, dst_len, src_len, tos, table, protocol, scope, type, u32 flags.
let RTMSG_LENGTH = 12
let RTM_F_LOOKUP_TABLE: UInt32 = 0x1000
let RTA_DST: UInt16 = 1
let RTA_SRC: UInt16 = 2
let RTA_IIF: UInt16 = 3
let RTA_OIF: UInt16 = 4
let RTA_GATEWAY: UInt16 = 5
let RTA_PREFSRC: UInt16 = 7
let RTA_TABLE: UInt16 = 15
let RTA_MARK: UInt16 = 16
let RTA_VIA: UInt16 = 18

/// sizeof(struct rtgenmsg), rounded up.
let RTGENMSG_LENGTH = 4
let NETNSA_NSID: UInt16 = 1
let NETNSA_FD: UInt16 = 3
let NETNSA_NSID_NOT_ASSIGNED: Int32 = -1
