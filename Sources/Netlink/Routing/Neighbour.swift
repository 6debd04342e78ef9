public import Flows

/// The hardware address of an address on a link: an entry of the ARP or neighbour discovery table.
public struct Neighbour: Sendable, Hashable {
  public let address: IPAddress
  public let interfaceIndex: UInt32
  /// The hardware address; empty until it is resolved, and on links without hardware addresses.
  public let hardwareAddress: [UInt8]
  public let state: State

  /// `NUD_…` of `<linux/neighbour.h>`.
  public struct State: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public static let incomplete = State(rawValue: 0x01)
    public static let reachable = State(rawValue: 0x02)
    public static let stale = State(rawValue: 0x04)
    public static let delay = State(rawValue: 0x08)
    public static let probe = State(rawValue: 0x10)
    public static let failed = State(rawValue: 0x20)
    public static let noARP = State(rawValue: 0x40)
    public static let permanent = State(rawValue: 0x80)
  }
}

extension Neighbour {
  /// Reads the payload of an RTM_NEWNEIGH message; nil for entries that name no IP address.
  package init?(parsing payload: RawSpan) throws(MalformedMessage) {
    guard let index: UInt32 = payload.integer(at: 4), let state: UInt16 = payload.integer(at: 8),
      payload.byteCount >= NDMSG_LENGTH
    else { throw MalformedMessage("neighbour of \(payload.byteCount) bytes") }
    var address: IPAddress?
    var hardwareAddress: [UInt8] = []
    try payload.forEachAttribute(after: NDMSG_LENGTH) { (type, value) throws(MalformedMessage) in
      switch type {
      case NDA_DST: address = value.address
      case NDA_LLADDR: hardwareAddress = value.array
      default: break
      }
    }
    guard let address else { return nil }
    self.address = address
    interfaceIndex = index
    self.hardwareAddress = hardwareAddress
    self.state = State(rawValue: state)
  }
}
