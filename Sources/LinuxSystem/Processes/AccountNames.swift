/// Users' names by number, from a passwd file (passwd(5)). No name service is asked.
public struct AccountNames: Sendable {
  private var names: [UInt32: String] = [:]
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
