internal import CLinux
public import Flows

/// Finds which processes hold which sockets and tunnel devices, in one pass over `/proc/*/fd`.
///
/// It is for sockets whose owner was not recorded. The pass needs one `readlink` per open file of the host, so its
/// result is kept and looked up by inode. Shell counterpart: `ls -l /proc/*/fd | grep socket:`.
public struct SocketInodeOwners: Sendable {
  /// A tun or tap device, with the process that holds it.
  public struct TunnelDevice: Hashable, Sendable {
    /// Empty for a macvtap, of which only the index is told.
    public var interface: String
    public var pid: Int32
    /// The device's namespace; the process's own where the kernel does not tell. The device is there too, unless it was moved
    /// or the program got it from another one.
    public var namespace: Place?
    /// The index of a macvtap or ipvtap; nil for tun and tap devices.
    public var index: UInt32?
  }

  /// How many processes' files were seen, and how many processes may not be examined (ptrace access is needed).
  public private(set) var readProcesses = 0
  public private(set) var deniedProcesses = 0
  /// The first other error that kept files from being seen, such as too many open files; nil if there was none.
  public private(set) var failure: SystemError?
  /// Why there may be further processes; nil if all of the pid namespace were there.
  public private(set) var hidden: HiddenProcesses?
  /// The capabilities whose lack kept the descriptors of `deniedProcesses` from being read, or the kernel's own words:
  /// ` (CAP_SYS_PTRACE)`.
  private var denial = ""
  /// Tunnel devices and their namespaces that could not be read.
  public private(set) var unreadTunnels: [ProcessError] = []
  /// How many files are open in all, and how many of them are sockets.
  public private(set) var openFiles = 0
  public private(set) var tunnelDevices: [TunnelDevice] = []
  /// Ordered by inode and then pid, without duplicates.
  private var holders: [(inode: UInt64, pid: Int32)] = []

  public init(reading processes: ProcessFiles = ProcessFiles()) throws(SystemError) {
    hidden = processes.hidden
    for pid in try processes.allPIDs() {
      do throws(SystemError) {
        try add(pid, of: processes)
        readProcesses += 1
      } catch {
        if error.errno.isDenial {
          if deniedProcesses == 0 { denial = ProcessFiles.rightsToDescriptors.refusal(error.errno) }
          deniedProcesses += 1
        } else if !error.errno.isAbsence {
          failure = failure ?? error
        }
      }
    }
    holders.sort { ($0.inode, $0.pid) < ($1.inode, $1.pid) }
  }

  /// Why a process may hold a socket or a device although none was found; nil if all processes were seen.
  public var blindness: String? {
    var causes: [String] = []
    if deniedProcesses > 0 {
      let processes = deniedProcesses == 1 ? "1 process" : "\(deniedProcesses) processes"
      causes.append("the descriptors of \(processes) may not be read\(denial)")
    }
    if let hidden { causes.append("\(hidden)") }
    if causes.isEmpty, let failure { causes.append("\(failure)") }
    return causes.isEmpty ? nil : causes.joined(separator: "; ")
  }

  /// The processes that hold the socket, in ascending order; several after a fork, none if it closed.
  public func pids(holding inode: UInt64) -> [Int32] {
    var low = 0
    var high = holders.count
    while low < high {
      let middle = (low + high) / 2
      if holders[middle].inode < inode { low = middle + 1 } else { high = middle }
    }
    return holders[low...].prefix { $0.inode == inode }.map(\.pid)
  }

  /// The processes of every socket, by inode.
  public var pidsByInode: [UInt64: [Int32]] {
    holders.reduce(into: [:]) { $0[$1.inode, default: []].append($1.pid) }
  }

  /// The number of pairs of socket and process.
  public var count: Int { holders.count }

  private mutating func add(_ pid: Int32, of processes: ProcessFiles) throws(SystemError) {
    let directory = "\(processes.root)/\(pid)"
    var tunnels: [String] = []
    var taps: Set<UInt32> = []
    var files = 0
    var inodes: Set<UInt64> = []
    try Directory.forEachLink("\(directory)/fd") { name, target in
      files += 1
      if let inode = Decimal.bracketed(target, kind: "socket") {
        inodes.insert(inode)
      } else if target.elementsEqual("/dev/net/tun".utf8) {
        tunnels.append(String(cString: name))
      } else if let index = Self.tapIndex(target) {
        taps.insert(index)
      }
    }
    openFiles += files
    holders += inodes.map { ($0, pid) }
    for index in taps.sorted() {
      let namespace = tunnelPart { () throws(ProcessError) in try processes.networkNamespace(of: pid) }
      tunnelDevices.append(TunnelDevice(interface: "", pid: pid, namespace: namespace, index: index))
    }
    for number in tunnels {
      let content = tunnelPart { () throws(ProcessError) in
        try processes.content("fdinfo/\(number)", "tunnel device", of: pid)
      }
      guard let interface = content.flatMap(Self.interface) else { continue }
      let namespace =
        (processes.root == "/proc" ? Self.namespace(of: number, pid) : nil)
        ?? tunnelPart { () throws(ProcessError) in try processes.networkNamespace(of: pid) }
      let device = TunnelDevice(interface: interface, pid: pid, namespace: namespace)
      // A multi-queue device has one descriptor for each queue.
      if !tunnelDevices.contains(device) { tunnelDevices.append(device) }
    }
  }

  private mutating func tunnelPart<Value>(_ read: () throws(ProcessError) -> Value) -> Value? {
    do throws(ProcessError) { return try read() } catch {
      if error.code != .gone { unreadTunnels.append(error) }
      return nil
    }
  }

  /// Where the device of a descriptor is; nil if the kernel does not tell.
  private static func namespace(of descriptor: String, _ pid: Int32) -> Place? {
    guard let number = Int32(descriptor) else { return nil }
    var inode: UInt64 = 0
    return hw_tun_namespace(pid, number, &inode) == 0 ? Place(namespace: inode) : nil
  }

  /// The index in `/dev/tap7`, the file of the macvtap or ipvtap with that index (drivers/net/tap.c); nil for other files.
  static func tapIndex(_ target: UnsafeRawBufferPointer) -> UInt32? {
    let prefix = "/dev/tap".utf8
    guard target.starts(with: prefix) else { return nil }
    return UInt32(String(decoding: target.dropFirst(prefix.count), as: UTF8.self))
  }

  /// The interface in `iff:\ttun0` of a tun descriptor's fdinfo (drivers/net/tun.c, `tun_chr_show_fdinfo`); nil before
  /// TUNSETIFF.
  package static func interface(in fdinfo: [UInt8]) -> String? {
    guard let value = ProcessFiles.value(of: "iff:", in: fdinfo) else { return nil }
    let name = String(decoding: value.drop { $0 == 9 || $0 == 32 }, as: UTF8.self)
    return name.isEmpty || name == "(null)" ? nil : name
  }
}
