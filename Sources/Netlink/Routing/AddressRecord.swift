public import Flows

/// An address of an interface.
public struct AddressRecord: Sendable, Hashable {
  public let interfaceIndex: UInt32
  public let address: IPAddress
  public let prefixLength: Int
  /// `RT_SCOPE_…` of `<linux/rtnetlink.h>`: 0 everywhere, 253 on this link, 254 on this host.
  public let scope: UInt8
  /// The other end of a point-to-point interface; the prefix then belongs to it.
  public let peer: IPAddress?
  /// IPv4 only: `eth0`, `eth0:1`.
  public let label: String?

  /// The addresses that are reached directly through the interface.
  public var prefix: Prefix? { Prefix(peer ?? address, length: prefixLength) }
}

extension AddressRecord {
  /// Reads the payload of an RTM_NEWADDR message.
  package init(parsing payload: RawSpan) throws(MalformedMessage) {
    guard let length: UInt8 = payload.integer(at: 1), let scope: UInt8 = payload.integer(at: 3),
      let index: UInt32 = payload.integer(at: 4)
    else { throw MalformedMessage("address of \(payload.byteCount) bytes") }
    var address: IPAddress?
    var local: IPAddress?
    var label: String?
    try payload.forEachAttribute(after: IFADDRMSG_LENGTH) { (type, value) throws(MalformedMessage) in
      switch type {
      case IFA_ADDRESS: address = value.address
      case IFA_LOCAL: local = value.address
      case IFA_LABEL: label = value.text
      default: break
      }
    }
    // IFA_ADDRESS is the other end if there is one; IFA_LOCAL is missing for most IPv6 addresses.
    guard let own = local ?? address else { throw MalformedMessage("address message without an address") }
    interfaceIndex = index
    self.address = own
    prefixLength = Int(length)
    self.scope = scope
    peer = address == own ? nil : address
    self.label = label
  }
}
