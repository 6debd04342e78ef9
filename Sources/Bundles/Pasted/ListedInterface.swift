public import Flows

/// An interface in the output of `ip address`, as text (also `-o`, `-br`, `-d`) or JSON.
public struct ListedInterface: Hashable, Sendable {
  /// The interface index; nil from `ip -br`, which does not print it.
  public var index: UInt32?
  public var name: String
  /// `veth`, `bridge`, `tun`, `wireguard`, …, from `-d` or concluded from the name and the link type.
  public var kind: InterfaceKind?
  public var isUp = true
  public var hardwareAddress: String?
  /// The name of the bridge that it is a port of.
  public var master: String?
  /// For a veth whose other end is in another namespace: the index of that end (5 in `eth0@if5`).
  public var peerIndex: UInt32?
  /// The other end's name in this namespace: `vb` in `va@vb`.
  public var peerName: String?
  public var addresses: [Address] = []
  /// The line's number.
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

  /// Concludes a missing kind from the name and the link type.
  mutating func guessKind() {
    guard kind == nil else { return }
    if name.hasPrefix("veth") { kind = .veth }
    if name == "docker0" || name.hasPrefix("br-") || name.hasPrefix("virbr") { kind = .bridge }
    if name.hasPrefix("wg") { kind = .wireguard }
    if name.hasPrefix("tun") || name.hasPrefix("tap") { kind = .tun }
    if kind == nil, hasNoLinkHeader { kind = .tun }
    if kind == nil, peerIndex != nil, name != "lo" { kind = .veth }
  }

  /// The interfaces in a text output.
  public static func list(_ lines: [PastedText.Line]) -> [ListedInterface] {
    var reader = ListedInterfaceReader()
    for line in lines { reader.read(line) }
    return reader.finish()
  }
}
