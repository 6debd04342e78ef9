// From <linux/sock_diag.h> and <linux/inet_diag.h>.

let SOCK_DIAG_BY_FAMILY: UInt16 = 20

let IPPROTO_RAW: UInt8 = 255

let SKNLGRP_INET_TCP_DESTROY: UInt32 = 1
let SKNLGRP_INET_UDP_DESTROY: UInt32 = 2
let SKNLGRP_INET6_TCP_DESTROY: UInt32 = 3
let SKNLGRP_INET6_UDP_DESTROY: UInt32 = 4

let INET_DIAG_REQ_BYTECODE: UInt16 = 1

let INET_DIAG_BC_S_GE: UInt8 = 2
let INET_DIAG_BC_S_LE: UInt8 = 3
let INET_DIAG_BC_D_GE: UInt8 = 4
let INET_DIAG_BC_D_LE: UInt8 = 5
let INET_DIAG_BC_S_COND: UInt8 = 7
let INET_DIAG_BC_D_COND: UInt8 = 8

let INET_DIAG_INFO: UInt16 = 2
let INET_DIAG_PROTOCOL: UInt16 = 10
let INET_DIAG_SKV6ONLY: UInt16 = 11
let INET_DIAG_CGROUP_ID: UInt16 = 21
/// `struct inet_diag_sockopt`: bits, of which the sixth of the first byte is `transparent`.
let INET_DIAG_SOCKOPT: UInt16 = 22

let INET_DIAG_NOCOOKIE: UInt32 = .max

// From <linux/tcp.h>.
let TCPI_OPT_TIMESTAMPS: UInt8 = 1

/// sizeof(struct inet_diag_msg): 4 u8, the socket's identity (48 bytes), expires, rqueue, wqueue, uid, inode.
let INET_DIAG_MSG_LENGTH = 72

// From <linux/unix_diag.h> and <linux/net.h>.

let UDIAG_SHOW_NAME: UInt32 = 1
let UDIAG_SHOW_PEER: UInt32 = 4

let UNIX_DIAG_NAME: UInt16 = 0
let UNIX_DIAG_PEER: UInt16 = 2

let SOCK_STREAM: UInt8 = 1

/// sizeof(struct unix_diag_msg): 4 u8, inode, the cookie (8 bytes).
let UNIX_DIAG_MSG_LENGTH = 16
