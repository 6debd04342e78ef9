// From <linux/netlink.h> and <linux/genetlink.h>.

let NETLINK_GENERIC: Int32 = 16

/// sizeof(struct genlmsghdr): u8 command, u8 version, u16 reserved.
let GENL_HDRLEN = 4
let GENL_ID_CTRL: UInt16 = 0x10

let CTRL_CMD_NEWFAMILY: UInt8 = 1
let CTRL_CMD_GETFAMILY: UInt8 = 3

let CTRL_ATTR_FAMILY_ID: UInt16 = 1
let CTRL_ATTR_FAMILY_NAME: UInt16 = 2
