/// Names of users by number, from a passwd file (passwd(5)); no name service is asked.
public struct AccountNames: Sendable {
  private var names: [UInt32: String] = [:]
  /// Why there are no names: the file could not be read; nil if it was, or is not there.
  public private(set) var failure: SystemError?

  /// No names at all.
  public init() {}

  /// Reads up to 16 MiB of `path`; a missing file gives no names.
  public init(file path: String) {
    do throws(SystemError) { self.init(parsing: try SmallFile.read(path, limit: 16 << 20)) } catch {
      self.init()
      if !error.errno.isAbsence { failure = error }
    }
  }

  /// The first name wins where one number has several, as in getpwuid(3).
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
