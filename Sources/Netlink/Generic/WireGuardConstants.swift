// From <linux/wireguard.h>, whose comment describes the messages.

let WG_GENL_NAME = "wireguard"
let WG_GENL_VERSION: UInt8 = 1

let WG_CMD_GET_DEVICE: UInt8 = 0

let WGDEVICE_A_IFINDEX: UInt16 = 1
let WGDEVICE_A_IFNAME: UInt16 = 2
// 3 is WGDEVICE_A_PRIVATE_KEY, which is never read.
let WGDEVICE_A_PUBLIC_KEY: UInt16 = 4
let WGDEVICE_A_LISTEN_PORT: UInt16 = 6
let WGDEVICE_A_FWMARK: UInt16 = 7
let WGDEVICE_A_PEERS: UInt16 = 8

let WGPEER_A_PUBLIC_KEY: UInt16 = 1
// 2 is WGPEER_A_PRESHARED_KEY, which is never read.
let WGPEER_A_ENDPOINT: UInt16 = 4
let WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL: UInt16 = 5
let WGPEER_A_LAST_HANDSHAKE_TIME: UInt16 = 6
let WGPEER_A_RX_BYTES: UInt16 = 7
let WGPEER_A_TX_BYTES: UInt16 = 8
let WGPEER_A_ALLOWEDIPS: UInt16 = 9

let WGALLOWEDIP_A_FAMILY: UInt16 = 1
let WGALLOWEDIP_A_IPADDR: UInt16 = 2
let WGALLOWEDIP_A_CIDR_MASK: UInt16 = 3

/// IFNAMSIZ of <linux/if.h>, with the zero byte at the end.
let IFNAMSIZ = 16
