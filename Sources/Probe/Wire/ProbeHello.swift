internal import LinuxSystem
public import Questions

/// A probe's first line: `{"hello":{…}}`.
public struct ProbeHello: Hashable, Sendable, Codable {
  /// The probe's `WireProtocol.version`.
  public var version: Int
  /// The probe's own version: `0.1.0`.
  public var program: String
  /// The host's own name.
  public var host: String
  /// The architecture: `x86_64`, `aarch64`.
  public var architecture: String
  /// The kernel's release.
  public var kernel: String
  /// The boot id, which is equal in all namespaces and containers of a machine. Two names with the same boot id are the
  /// same machine.
  public var bootID: String
  /// The probe's network namespace (its inode), to distinguish two hosts on one machine; 0 if it is not known.
  public var namespace: UInt64
  /// The probe's pid namespace (its inode), in which process numbers count; nil if it is not known.
  public var pidNamespace: UInt64?
  public var pid: Int32
  /// The effective user id.
  public var uid: UInt32
  /// The effective capabilities, as far as Headwater can use them: `CAP_BPF`, `CAP_NET_ADMIN`, …
  public var capabilities: [String]
  /// The capabilities that Headwater could use and that are missing.
  public var missing: [String]
  public var clock: WireClock

  public init(
    version: Int = WireProtocol.version, program: String, host: String, architecture: String, kernel: String,
    bootID: String, namespace: UInt64, pid: Int32, uid: UInt32, capabilities: [String], missing: [String],
    clock: WireClock
  ) {
    self.version = version
    self.program = program
    self.host = host
    self.architecture = architecture
    self.kernel = kernel
    self.bootID = bootID
    self.namespace = namespace
    self.pid = pid
    self.uid = uid
    self.capabilities = capabilities
    self.missing = missing
    self.clock = clock
  }

  /// The hello of this process.
  ///
  /// - Parameter program: the program's version.
  public static func own(program: String) -> ProbeHello {
    let effective = Capabilities.effective()
    let useful: Capabilities = [
      .CAP_DAC_READ_SEARCH, .CAP_NET_ADMIN, .CAP_NET_RAW, .CAP_SYS_PTRACE, .CAP_SYS_ADMIN, .CAP_PERFMON, .CAP_BPF,
    ]
    let names = { (set: Capabilities) in
      set.description.split(separator: ",").map { String($0.drop { $0 == " " }) }
    }
    // Without this number, the host is not recognised when it is reached over the network.
    let namespace = (try? FileIdentity(of: "/proc/self/ns/net").inode) ?? 0
    var hello = ProbeHello(
      program: program, host: OwnHostName.current, architecture: Kernel.architecture, kernel: Kernel.release,
      bootID: Kernel.bootID, namespace: namespace,
      pid: ProcessExit.processID, uid: Kernel.user, capabilities: names(effective.intersection(useful)),
      missing: names(useful.subtracting(effective)), clock: .now)
    // Without this one, hosts that share a network are taken for one, as they were before there was a number.
    hello.pidNamespace = (try? FileIdentity(of: "/proc/self/ns/pid").inode)
    return hello
  }
}
