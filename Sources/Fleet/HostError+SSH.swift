extension HostError {
  /// The cause in what `ssh` printed before it ended.
  ///
  /// OpenSSH reports errors as text only (its exit status is always 255). The texts are those of `sshconnect.c`,
  /// `sshconnect2.c`, `packet.c`, `clientloop.c` and `mux.c` in OpenSSH 7 to 9, which are not translated, and of
  /// strerror(3) and getaddrinfo(3).
  ///
  /// - Parameters:
  ///   - host: the host's name in documents.
  ///   - errors: the text on its standard error, which may be truncated.
  ///   - otherwise: the code if no known text is found.
  public init(_ host: String, ssh errors: [UInt8], otherwise: Code = .brokenOff) {
    let lines = String(decoding: errors.suffix(16384), as: UTF8.self).split(whereSeparator: \.isNewline)
      .map { $0.filter { $0 != "\r" } }.filter { line in line.contains { !$0.isWhitespace } }
    if let (code, line) = Self.reason(lines) {
      self.init(code, host, Self.cut(line))
      return
    }
    let last = lines.last { !$0.hasPrefix("Warning: Permanently added") }
    self.init(otherwise, host, last.map(Self.cut) ?? "the connection ended without a message")
  }

  /// The line with the cause, and its code. A server's banner comes before ssh's own text and may contain any words, so
  /// the last line counts. If that line is only a consequence of another one, the other one counts.
  private static func reason(_ lines: [String]) -> (Code, String)? {
    guard let last = lines.last(where: { code(of: $0) != nil }), let found = code(of: last) else { return nil }
    let causes: [String]
    switch found {
    case .hostKeyUnknown: causes = lines.filter { code(of: $0) == .hostKeyChanged && $0.hasPrefix("@") }
    // A jump host's message, and what a server says before it disconnects.
    case .brokenOff:
      causes = lines.filter { line in
        ["ssh: ", "channel ", "Received disconnect", "kex_exchange_identification"].contains { line.hasPrefix($0) }
          || line.contains(": Permission denied (")
      }
    default: causes = []
    }
    let known = causes.compactMap { line in code(of: line).map { ($0, line) } }
    return known.last { $0.0 != .brokenOff } ?? known.first ?? (found, last)
  }

  /// The code of the first of `texts` that the line contains.
  private static func code(of line: String) -> Code? {
    texts.first { _, words in words.contains { line.contains($0) } }?.0
  }

  /// Whether an already open connection turned out to be dead, so that a second try may succeed.
  static func saysStale(_ errors: [UInt8]) -> Bool {
    let text = String(decoding: errors.suffix(16384), as: UTF8.self)
    return text.contains("mux_client_") || text.contains("Control socket connect(")
  }

  /// Whether something in between failed (a jump host, a ProxyCommand), whose standard error is lost with
  /// ControlPersist.
  static func hidesCause(_ errors: [UInt8]) -> Bool {
    String(decoding: errors.suffix(16384), as: UTF8.self).contains("UNKNOWN port 65535")
  }

  private static func cut(_ line: String) -> String {
    line.count > 300 ? String(line.prefix(300)) + "…" : line
  }

  /// The texts of each code. Consequences come after their causes.
  private static let texts: [(Code, [String])] = [
    (.hostKeyChanged, ["REMOTE HOST IDENTIFICATION HAS CHANGED", "POSSIBLE DNS SPOOFING DETECTED"]),
    (
      .hostKeyUnknown,
      ["Host key verification failed", "host key is known for", "No matching host key fingerprint found in DNS"]
    ),
    (.unknownName, ["Could not resolve hostname"]),
    (
      .denied,
      [
        "Permission denied (", "Too many authentication failures", "Permission denied, please try again",
        "No supported authentication methods available", "Your account has expired",
      ]
    ),
    (.refused, ["Connection refused"]),
    (
      .timedOut,
      [
        "Connection timed out", "Operation timed out", "Timeout, server", "timed out during banner exchange",
        "Connection to UNKNOWN port 65535 timed out",
      ]
    ),
    (.unreachable, ["No route to host", "Network is unreachable", "Host is down"]),
    (
      .brokenOff,
      [
        "Connection reset by", "Connection closed by", "Broken pipe", "kex_exchange_identification",
        "Connection to UNKNOWN port 65535", "Corrupted MAC", "message authentication code incorrect",
      ]
    ),
    (
      .ssh,
      ["Bad configuration option", "unknown option", "usage: ssh", "terminating, ", "Bad owner or permissions"]
    ),
  ]
}
