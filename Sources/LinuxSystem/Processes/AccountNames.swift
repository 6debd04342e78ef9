/// Users' names by number, from a passwd file (passwd(5)). No name service is asked.
public struct AccountNames: Sendable {
  private var names: [UInt32: String] = [:]
  /// The number by which the kernel shows all users that have none in this user namespace (user_namespaces(7)); nil if every
  /// user has one.
  public private(set) var unmapped: UInt32?
  /// Why there are no names: the file could not be read. Nil if it was read or does not exist.
  public private(set) var failure: SystemError?

  /// Without any names.
  public init() {}

  /// Reads up to 16 MiB of `path`; a missing file gives no names.
  public init(file path: String) {
    do throws(SystemError) { self.init(parsing: try SmallFile.read(path, limit: 16 << 20)) } catch {
      self.init()
      if !error.errno.isAbsence { failure = error }
    }
  }

  /// The names that count for processes of this host as this program sees them.
  public static func ofThisHost() -> AccountNames {
    var names = AccountNames(file: "/etc/passwd")
    // Kernels without user namespaces have no such file, and then every user has a number.
    guard let map = try? SmallFile.read("/proc/self/uid_map", limit: 64 << 10), !mapsEveryUser(map) else {
      return names
    }
    // The kernel's own default, where the file is hidden.
    let overflow = try? SmallFile.read("/proc/sys/kernel/overflowuid", limit: 64)
    names.unmapped = overflow.flatMap { Decimal.number($0.prefix { $0 != 10 }) }.flatMap(UInt32.init(exactly:)) ?? 65534
    return names
  }

  /// Whether a map (`inside outside count` in each line) has all numbers but the last, which is no user's.
  static func mapsEveryUser(_ map: [UInt8]) -> Bool {
    map.split(separator: UInt8(ascii: "\n")).reduce(UInt64(0)) { sum, line in
      sum + UInt64(line.split(separator: UInt8(ascii: " ")).last.flatMap { Decimal.number($0) } ?? 0)
    } >= UInt64(UInt32.max)
  }

  /// If a number has several names the first one wins, as in getpwuid(3).
  public init(parsing content: [UInt8]) {
    for line in content.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)
      guard fields.count > 2, !fields[0].isEmpty, let number = Decimal.number(fields[2]),
        let uid = UInt32(exactly: number), names[uid] == nil
      else { continue }
      names[uid] = String(decoding: fields[0], as: UTF8.self)
    }
  }

  public subscript(uid: UInt32) -> String? { names[uid] }
}
