public import Flows
public import LinuxSystem
public import Programs

/// One kind of VPN or tunnel: which devices and programs are its own, and how the peer behind an address is found.
///
/// A new one is a folder and a line in `TunnelReaders.all`.
public protocol TunnelReader: Sendable {
  /// The word in documents: `openvpn`, `wireguard`, `tailscale`.
  var type: String { get }
  /// As people call it; `*` stands for the program's own name: `WireGuard (*)`.
  var title: String { get }
  /// The programs that hold its tun and tap devices open.
  var programs: ProgramNames { get }
  /// The kind of its devices in the kernel, where the kernel itself runs them: `wireguard`.
  var kernelKind: InterfaceKind? { get }
  /// What follows "client unknown, because" for a program that is known by its name only; nil where its peers are read.
  var limitation: String? { get }
  /// The part of `collect --script` that is about it; nil if there is none.
  var script: CollectingStep? { get }

  /// Asks the program, or the kernel, who is behind a device of this host now.
  func peers(behind device: TunnelDevice) throws(TunnelError) -> any TunnelPeers

  /// The devices of its kind that recorded findings of a place speak of.
  func listings(in findings: any RecordedFindings) -> [RecordedTunnelListing]

  /// The same as `peers(behind:)`, by what was recorded.
  func peers(behind device: RecordedTunnelDevice) throws(TunnelError) -> any TunnelPeers

  /// The configuration and status files that the answers come from.
  func files(of program: RunningProgram) throws(TunnelError) -> ProgramEvidence
}

/// Who is behind a device: read once, asked for many addresses.
public protocol TunnelPeers: Sendable {
  /// Who has `address`; with the reason if that is not known.
  func answer(for address: IPAddress) -> TunnelAnswer
}

/// A list of a tunnel's peers that was recorded: it shows that there is such a device, and what is behind it.
public struct RecordedTunnelListing: Sendable {
  /// The device's name; nil if the list does not tell.
  public var device: String?
  /// `tun`, or one of the kernel's own: `wireguard`.
  public var kind: InterfaceKind
  /// The line that says that an address is behind the device; nil if none does.
  public var line: @Sendable (IPAddress) -> EvidenceLine?

  public init(
    device: String?, kind: InterfaceKind, line: @escaping @Sendable (IPAddress) -> EvidenceLine?
  ) {
    self.device = device
    self.kind = kind
    self.line = line
  }
}

/// A device of a tunnel on this host.
public struct TunnelDevice: Sendable {
  /// `tun0`
  public var name: String
  /// Its own addresses.
  public var addresses: [IPAddress]
  /// Who holds it open; the kernel for its own.
  public var owner: Owner
  /// The program that holds it open; nil for the kernel's own.
  public var program: RunningProgram?
  /// Where files about it may lie: the roots of its namespace and of this host.
  public var roots: [RootFolder]
  /// What a person types to run a command where it is: `nsenter -t 4711 -n`; empty for the caller's own place; nil if nothing
  /// that can be typed leads there.
  public var entry: String?
  /// Asks the kernel for it as a WireGuard device of its own. Injected, since readers of different sources do not import
  /// each other.
  public var wireGuard: @Sendable () throws(TunnelError) -> WireGuardDevice

  public init(
    name: String, addresses: [IPAddress], owner: Owner, program: RunningProgram?, roots: [RootFolder], entry: String?,
    wireGuard: @escaping @Sendable () throws(TunnelError) -> WireGuardDevice
  ) {
    self.name = name
    self.addresses = addresses
    self.owner = owner
    self.program = program
    self.roots = roots
    self.entry = entry
    self.wireGuard = wireGuard
  }

  /// `command` as a person types it where the device is; nil if it can't be typed.
  func inPlace(_ command: ShellCommand) -> String? {
    guard let entry else { return nil }
    return command.text.map { entry.isEmpty ? $0 : "\(entry) \($0)" }
  }
}

/// A device of a tunnel that is known by recorded evidence alone.
public struct RecordedTunnelDevice: Sendable {
  public var name: String
  public var addresses: [IPAddress]
  /// Who holds it open, as far as a listing shows it.
  public var owner: Owner
  /// Where its program listens, as far as a listing shows it.
  public var listener: (transport: Transport, port: UInt16)?
  /// Of its place alone.
  public var findings: any RecordedFindings
  /// As in `TunnelDevice`.
  public var entry: String

  public init(
    name: String, addresses: [IPAddress], owner: Owner, listener: (transport: Transport, port: UInt16)?,
    findings: any RecordedFindings, entry: String
  ) {
    self.name = name
    self.addresses = addresses
    self.owner = owner
    self.listener = listener
    self.findings = findings
    self.entry = entry
  }

  /// `command` as a person types it where the device is.
  func inPlace(_ command: String) -> String { entry.isEmpty ? command : "\(entry) \(command)" }
}

extension TunnelAnswer {
  /// An answer for `device` that does not name a client yet.
  init(unknownBehind device: TunnelDevice, type: String, reason: String? = nil) {
    self.init(
      tunnel: Tunnel(type: type, interface: device.name), owner: device.owner, certainty: .unknown, reason: reason)
  }

  /// An answer for `device` that does not name a client yet.
  init(unknownBehind device: RecordedTunnelDevice, type: String, reason: String? = nil) {
    self.init(
      tunnel: Tunnel(type: type, interface: device.name == "tun" ? nil : device.name), owner: device.owner,
      certainty: .unknown, reason: reason)
  }
}
