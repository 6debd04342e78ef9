public import Flows

/// What kind of program holds a tun or tap device, and so what lies behind the device.
///
/// Told by the process's executable, its first argument or its name: programs are renamed seldom, and only those that hold
/// such a device are asked about. `sshuttle` is not among them: it has no device, it redirects connections to a port of
/// its own, so its connections are a relay's.
public struct TunnelSoftware: Hashable, Sendable {
  /// The word for the document: `openvpn`, `wireguard`, `tailscale`, `ssh`, …; `tun` for what is not known.
  public var type: String
  /// As people call it: `OpenVPN`, `WireGuard (wireguard-go)`, or the process's own name.
  public var program: String
  /// Why the client behind an address is not known, and what would tell, as a sentence for people. Nil for the programs
  /// whose own words are read (OpenVPN, WireGuard, Tailscale).
  public var limitation: String?

  /// Of the process that holds the device.
  public init(_ process: Process) {
    for name in Self.names(of: process) {
      if let known = TunnelProgram.all.first(where: { $0.isCalled(name) }) {
        type = known.type
        program = known.title.replacing("*", with: name)
        limitation = known.limitation.map { "client unknown, because \($0)" }
        return
      }
    }
    type = "tun"
    program = process.name
    limitation = "client unknown, because \(process.name) is no tunnel software that Headwater knows"
  }

  /// A device that no process holds open (`ip tuntap add … mode tun`), or whose process cannot be seen.
  public static let withoutProcess = TunnelSoftware(
    type: "tun", program: "unknown program",
    limitation: "client unknown, because no process that can be seen holds the device open")

  private init(type: String, program: String, limitation: String?) {
    self.type = type
    self.program = program
    self.limitation = limitation
  }

  /// What the process may be called, the most reliable first.
  private static func names(of process: Process) -> [String] {
    var names: [String] = []
    if let executable = process.executable { names.append(lastComponent(executable)) }
    if let command = process.command {
      // An interpreter's program comes second.
      names += command.prefix(2).filter { !$0.hasPrefix("-") }.map(lastComponent)
    }
    return names + [process.name]
  }

  private static func lastComponent(_ path: String) -> String {
    // `sshd: root@pts/0` is a title, not a path.
    let path = path.prefix { $0 != " " && $0 != ":" }
    return String(path.split(separator: "/").last ?? "")
  }
}
