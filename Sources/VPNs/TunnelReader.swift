public import Flows
public import LinuxSystem
public import Programs

/// One kind of VPN or tunnel: how its devices and programs are recognised, and how the peer behind an address is found.
///
/// A new kind is a folder and a line in `TunnelReaders.all`.
public protocol TunnelReader: Sendable {
  /// The type in documents: `openvpn`, `wireguard`, `tailscale`.
  var type: String { get }
  /// The name for people; `*` stands for the program's own name: `WireGuard (*)`.
  var title: String { get }
  /// The names of programs that hold its tun and tap devices open.
  var programs: ProgramNames { get }
  /// The kind of its devices if the kernel itself runs them: `wireguard`; nil otherwise.
  var kernelKind: InterfaceKind? { get }
  /// For a program that is known by its name only: the text behind "client unknown, because". Nil if its peers are
  /// read.
  var limitation: String? { get }
  /// Its part of `collect --script`; nil if there is none.
  var script: CollectingStep? { get }

  /// Asks the program, or the kernel, which peers are behind a device of this host now.
  func peers(behind device: TunnelDevice) throws(TunnelError) -> any TunnelPeers

  /// The devices of this kind in the recorded findings of a place.
  func listings(in findings: any RecordedFindings) -> [RecordedTunnelListing]

  /// The same as `peers(behind:)`, from recorded evidence.
  func peers(behind device: RecordedTunnelDevice) throws(TunnelError) -> any TunnelPeers

  /// The configuration and status files that the answers are based on.
  func files(of program: RunningProgram) throws(TunnelError) -> ProgramEvidence
}

/// The peers behind a device, read once and then asked for many addresses.
public protocol TunnelPeers: Sendable {
  /// The peer with `address`, or the reason why it is not known.
  func answer(for address: IPAddress) -> TunnelAnswer
}

/// A recorded list of a tunnel's peers. It shows that the device exists and what is behind it.
public struct RecordedTunnelListing: Sendable {
  /// The device's name; nil if the list does not have it.
  public var device: String?
  /// `tun`, or a kind that the kernel itself runs: `wireguard`.
  public var kind: InterfaceKind
  /// The line that shows that an address is behind the device; nil if there is none.
  public var line: @Sendable (IPAddress) -> EvidenceLine?

  public init(
    device: String?, kind: InterfaceKind, line: @escaping @Sendable (IPAddress) -> EvidenceLine?
  ) {
    self.device = device
    self.kind = kind
    self.line = line
  }
}

/// A tunnel's device on this host.
public struct TunnelDevice: Sendable {
  /// The device's name: `tun0`.
  public var name: String
  /// The device's own addresses.
  public var addresses: [IPAddress]
  /// The process that holds it open; the kernel for its own.
  public var owner: Owner
  /// The program that holds it open; nil for the kernel's own.
  public var program: RunningProgram?
  /// The root folders that may have files about it: those of its namespace and of this host.
  public var roots: [RootFolder]
  /// The command prefix that runs a command where the device is: `nsenter -t 4711 -n`; empty if the
  /// device is in the caller's own network namespace; nil if no command can run where the device is.
  public var entry: String?
  /// Asks the kernel for the device as its own WireGuard device. It is injected because readers of different sources do
  /// not import each other.
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

  /// `command` as a person types it to run it where the device is; nil if that is not possible.
  func inPlace(_ command: ShellCommand) -> String? {
    guard let entry else { return nil }
    return command.text.map { entry.isEmpty ? $0 : "\(entry) \($0)" }
  }
}

/// A tunnel's device that is known from recorded evidence only.
public struct RecordedTunnelDevice: Sendable {
  public var name: String
  public var addresses: [IPAddress]
  /// The process that holds it open, as far as a listing shows it.
  public var owner: Owner
  /// Where its program listens, as far as a listing shows it; nil if no listing does.
  public var listener: (transport: Transport, port: UInt16)?
  /// The findings of its own place only.
  public var findings: any RecordedFindings
  /// The same as in `TunnelDevice`.
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

  /// `command` as a person types it to run it where the device is.
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
