internal import CLinux

/// A process's rights on files, and its command line.
///
/// Anybody can start a program called haproxy and name any file on its command line. So files that a process names are
/// read with the rights of that process and not with this program's: see `RootFolder`.
///
/// The command line is the one that the process had while it had these rights. A process that runs another program in
/// between, such as sudo, would show the rights of one and the command line of the other; that is detected.
public struct ProcessRights: Hashable, Sendable {
  public let pid: Int32
  /// The user and the group that count for files: the effective ones, unless the process has set others.
  public let uid: UInt32
  public let gid: UInt32
  public let groups: [UInt32]
  /// `CAP_DAC_OVERRIDE` and `CAP_DAC_READ_SEARCH`, if they apply to this program's files. In a container with its own
  /// user namespace they apply to its own files only.
  let capabilities: UInt64
  /// The command line, as the process shows it.
  public let command: [String]
  /// The start in clock ticks after boot, which identifies the process together with its pid.
  private let start: UInt64?

  /// The current rights of process `pid`. Throws `noSuchProcess` if it has ended, and `accessDenied` for a program that
  /// gives rights to whoever starts it (set-user-ID), because its command line may be another user's.
  public init(ofProcess pid: Int32, processes: String = "/proc") throws(SystemError) {
    let folder = "\(processes)/\(pid)"
    let operation = "see what process \(pid) may read"
    let before = try Look(folder, operation)
    command = ProcessFiles.arguments(in: try SmallFile.read("\(folder)/cmdline", limit: ProcessFiles.commandLimit))
    // The program and its rights are the same before and after, so the command line belongs to them.
    guard try before == Look(folder, operation) else { throw SystemError(operation, .tryAgain) }
    guard before.inode != nil, !before.givesRights else {
      throw SystemError("\(operation), whose program is unknown or set-user-ID", .accessDenied)
    }
    self.pid = pid
    (uid, gid, groups, start) = (before.uid, before.gid, before.groups, before.start)
    let isOfOurUsers = before.userNamespace != nil && before.userNamespace == Self.ownUserNamespace
    // A program whose file has capabilities gives them to whoever starts it. This program is an exception: its user is
    // the one it works for.
    let isOwnPower = !before.hasCapabilities || pid == hw_process_id()
    capabilities = isOfOurUsers && isOwnPower ? before.capabilities & 6 : 0
  }

  // If it is not known, no process counts as one of its users and gets capabilities.
  private static let ownUserNamespace = try? SmallFile.linkTarget("/proc/self/ns/user")

  /// The process in messages: `its process (pid 811, uid 65534)`.
  public var title: String { "its process (pid \(pid), uid \(uid))" }

  /// Whether it may read every file, as root may.
  public var readsEverything: Bool { capabilities != 0 }

  /// Calls `body` with the rights in the form of the C functions.
  func withRights<Value>(_ body: (UnsafePointer<hw_rights>) -> Value) -> Value {
    groups.withUnsafeBufferPointer { groups in
      var rights = hw_rights(
        uid: uid, gid: gid, groups: groups.baseAddress, group_count: groups.count, capabilities: capabilities)
      return body(&rights)
    }
  }

  /// What /proc shows of a process at one moment.
  private struct Look: Equatable {
    let uid: UInt32
    let gid: UInt32
    let groups: [UInt32]
    let capabilities: UInt64
    let start: UInt64?
    /// The device and inode of its executable; nil if it may not be examined.
    let device: UInt64?
    let inode: UInt64?
    /// Whether its program is set-user-ID or set-group-ID.
    let givesRights: Bool
    /// Whether its program's file has capabilities (setcap(8)).
    let hasCapabilities: Bool
    let userNamespace: [UInt8]?

    init(_ folder: String, _ operation: String) throws(SystemError) {
      let status: [UInt8]
      do throws(SystemError) { status = try SmallFile.read("\(folder)/status", limit: 1 << 20) } catch {
        throw SystemError(operation, error.errno)
      }
      // Real, effective, saved, file system.
      let users = Self.numbers("Uid:", status)
      let groups = Self.numbers("Gid:", status)
      guard users.count > 3, groups.count > 3, let all = ProcessFiles.value(of: "CapEff:", in: status) else {
        throw SystemError(operation, .invalid)
      }
      (uid, gid) = (users[3], groups[3])
      self.groups = Self.numbers("Groups:", status)
      let digits = String(decoding: all, as: UTF8.self).filter { !$0.isWhitespace }
      capabilities = UInt64(digits, radix: 16) ?? 0
      // Everybody may read it; for a process that has just ended, the next step fails.
      start = (try? SmallFile.read("\(folder)/stat")).flatMap(ProcessStat.init(parsing:))?.startTicks
      var facts = hw_program_facts()
      let isKnown = hw_look_at_program("\(folder)/exe", &facts) >= 0
      device = isKnown ? facts.device : nil
      inode = isKnown ? facts.inode : nil
      givesRights = isKnown && facts.gives_rights
      hasCapabilities = isKnown && facts.has_capabilities
      // If it is not known, it counts as another one, as documented above.
      userNamespace = try? SmallFile.linkTarget("\(folder)/ns/user")
    }

    private static func numbers(_ key: String, _ status: [UInt8]) -> [UInt32] {
      ProcessFiles.value(of: key, in: status)?.split { $0 == 9 || $0 == 32 }
        .compactMap { Decimal.number($0).flatMap { UInt32(exactly: $0) } } ?? []
    }
  }
}
