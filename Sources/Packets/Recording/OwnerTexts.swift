public import Capture
public import Flows

extension CapturedProcess {
  /// The process of `owner`; nil if it is not known.
  ///
  /// - Parameter first: the time of its first packet in seconds since 1970, which it started before.
  public init?(_ owner: Owner, before first: Double) {
    guard let process = owner.process, let pid = UInt32(exactly: process.pid) else { return nil }
    self.init()
    self.pid = pid
    name = process.name
    path = process.executable
    command = process.command ?? []
    parent = process.parents?.first.flatMap { UInt32(exactly: $0.pid) }
    uid = process.uid
    user = process.user
    // Two clocks tell them, which differ a little.
    startTime = process.startTime.map { start in start > first && start < first + 1 ? first : start }
    container = owner.container?.title
    comment = owner.surroundings
  }
}

extension Owner {
  /// What contains the process, for people: `container openvpn (docker 6a4501f90079), unit squid.service`; nil for nothing.
  public var surroundings: String? {
    var parts: [String] = []
    if let container { parts.append("container \(container.title) (\(container.runtime) \(container.shortID))") }
    if let unit { parts.append("unit \(unit)") }
    if let machine { parts.append("virtual machine \(machine)") }
    if process?.outside == true { parts.append("pid of another pid namespace") }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// `squid (pid 811) in container openvpn`; nil without a process.
  public var shortTitle: String? {
    process.map { "\($0.name) (pid \($0.numbered))" + (container.map { " in container \($0.title)" } ?? "") }
  }
}
