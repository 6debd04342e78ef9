public import Flows

/// An interface as `ip address` lists it, as text (also `-o`, `-br`, `-d`) or JSON.
public struct ListedInterface: Hashable, Sendable {
  /// Nil from `ip -br`, which does not tell it.
  public var index: UInt32?
  public var name: String
  /// `veth`, `bridge`, `tun`, `wireguard`, …, as far as it was told (`-d`) or its name and link type show.
  public var kind: InterfaceKind?
  public var isUp = true
  public var hardwareAddress: String?
  /// The bridge's name.
  public var master: String?
  /// Of a veth whose other end is in another namespace: `eth0@if5` is 5.
  public var peerIndex: UInt32?
  /// In this namespace: `va@vb`.
  public var peerName: String?
  public var addresses: [Address] = []
  /// Where it stands.
  public var line: Int

  public struct Address: Hashable, Sendable {
    public var address: IPAddress
    public var prefixLength: Int
    public var line: Int
  }

  /// Whether packets have no link header: a tun device, WireGuard.
  var hasNoLinkHeader = false

  init(name: String, index: UInt32?, line: Int) {
    self.name = name
    self.index = index
    self.line = line
  }

  /// What the name and the link type show where nobody told the kind.
  mutating func guessKind() {
    guard kind == nil else { return }
    if name.hasPrefix("veth") { kind = .veth }
    if name == "docker0" || name.hasPrefix("br-") || name.hasPrefix("virbr") { kind = .bridge }
    if name.hasPrefix("wg") { kind = .wireguard }
    if name.hasPrefix("tun") || name.hasPrefix("tap") { kind = .tun }
    if kind == nil, hasNoLinkHeader { kind = .tun }
    if kind == nil, peerIndex != nil, name != "lo" { kind = .veth }
  }

  /// The interfaces of an output in text.
  public static func list(_ lines: [PastedText.Line]) -> [ListedInterface] {
    var reader = ListedInterfaceReader()
    for line in lines { reader.read(line) }
    return reader.finish()
  }
}
