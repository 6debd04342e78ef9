/// What a HAProxy process reports about itself: `show info`.
public struct HAProxyInfo: Hashable, Sendable {
  /// The process's pid inside its own pid namespace.
  public var pid: Int32
  /// The version: `2.6.12-1+deb12u4`.
  public var version: String?
  /// The process's number; always 1 since version 2.5.
  public var processNumber: Int?
  /// Seconds since the start.
  public var uptime: Int?
  /// Whether it was told to end and waits for its connections to close (from version 1.9).
  public var isStopping: Bool?
  /// All fields by name.
  public var fields: [String: String]

  /// Nil if the answer has no pid.
  public init?(parsing answer: [UInt8]) {
    var fields: [String: String] = [:]
    for line in HAProxyText.lines(answer) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[colon...].dropFirst().drop { $0 == " " }
      fields[String(line[..<colon])] = String(value)
    }
    guard let pid = fields["Pid"].flatMap({ Int32($0) }), pid > 0 else { return nil }
    self.pid = pid
    version = fields["Version"]
    processNumber = fields["Process_num"].flatMap { Int($0) }
    uptime = fields["Uptime_sec"].flatMap { Int($0) }
    isStopping = fields["Stopping"].map { $0 != "0" }
    self.fields = fields
  }
}

/// A worker of a master process: a line of `show proc`.
public struct HAProxyWorker: Hashable, Sendable {
  /// The worker's pid inside the master's pid namespace.
  public var pid: Int32
  /// Whether it keeps connections from before a reload.
  public var isOld: Bool
  public var version: String?

  /// The workers in an answer to `show proc`, without the master and programs.
  public static func list(parsing answer: [UInt8]) -> [HAProxyWorker] {
    var isOld = false
    return HAProxyText.lines(answer).compactMap { line -> HAProxyWorker? in
      if line.hasPrefix("#") {
        isOld = line.hasPrefix("# old")
        return nil
      }
      // 4711            worker          1               0d00h00m05s     2.6.12
      let words = line.split(separator: " ")
      guard words.count > 3, words[1] == "worker", let pid = Int32(words[0]), pid > 0 else { return nil }
      return HAProxyWorker(pid: pid, isOld: isOld, version: words.count > 4 ? String(words[4]) : nil)
    }
  }
}
