public import Programs

/// One option that is needed, with its words. Other options and inline blocks (`<key>`) are never kept.
public struct OpenVPNOption: Hashable, Sendable {
  /// The option's name without `--`: `status`.
  public var name: String
  public var arguments: [String]
  public var place: ConfigurationLine

  /// The options that are kept. None of them holds a secret.
  static let wanted: Set<String> = [
    "status", "status-version", "management", "management-client", "management-client-auth",
    "management-client-group", "management-client-user", "management-external-cert", "management-external-key",
    "management-forget-disconnect", "management-query-passwords", "management-query-proxy",
    "management-query-remote", "management-signal", "management-up-down", "client-config-dir",
    "ifconfig-pool-persist", "server", "server-ipv6", "server-bridge", "ifconfig", "ifconfig-ipv6", "topology", "dev",
    "dev-type", "port", "lport", "local", "proto", "mode", "client", "tls-client", "tls-server", "pull", "remote",
    "chroot",
  ]
}

/// Splits text into options like OpenVPN (`parse_line`, `read_inline_file` in its source's options.c, 2.3 to 2.7).
enum OpenVPNOptionText {
  private enum State { case between, plain, quoted, apostrophes }

  /// The words of one line, empty for a comment; nil for a line that OpenVPN rejects.
  static func words(_ line: ArraySlice<UInt8>) -> [String]? {
    var words: [String] = []
    var word: [UInt8] = []
    var state = State.between
    var escaped = false
    // The end counts as a space: it ends a plain word.
    for byte in Array(line.prefix { $0 != 0 }) + [0] {
      if !escaped, byte == UInt8(ascii: "\\"), state != .apostrophes {
        escaped = true
        continue
      }
      var taken: UInt8?
      var ends = false
      let isSpace = byte == 0 || byte == 32 || (9...13).contains(byte)
      switch state {
      case .between where isSpace: break
      case .between:
        if byte == UInt8(ascii: ";") || byte == UInt8(ascii: "#") { return words }
        if !escaped, byte == UInt8(ascii: "\"") {
          state = .quoted
        } else if !escaped, byte == UInt8(ascii: "'") {
          state = .apostrophes
        } else {
          taken = byte
          state = .plain
        }
      case .plain: if !escaped, isSpace { ends = true } else { taken = byte }
      case .quoted: if !escaped, byte == UInt8(ascii: "\"") { ends = true } else { taken = byte }
      case .apostrophes: if byte == UInt8(ascii: "'") { ends = true } else { taken = byte }
      }
      if let taken {
        if taken == 0 { return nil }  // the end, within quotation marks or behind a backslash
        if escaped, taken != UInt8(ascii: "\\"), taken != UInt8(ascii: "\""), !isSpace { return nil }
        word.append(taken)
      }
      if ends {
        words.append(String(decoding: word, as: UTF8.self))
        word = []
        state = .between
      }
      escaped = false
      if words.count == 16 { return words }  // MAX_PARMS
    }
    return state == .between ? words : nil
  }

  /// Calls `body` with every option of a file, its words and its line. Inline blocks such as `<key>` are skipped,
  /// except `<connection>`, which holds options.
  static func options(in content: [UInt8], _ body: (_ words: [String], _ line: Int) -> Void) {
    var number = 0
    var closing: [UInt8]?
    var rest = content.starts(with: [0xEF, 0xBB, 0xBF]) ? content.dropFirst(3) : content[...]
    while !rest.isEmpty {
      let line = rest.prefix { $0 != UInt8(ascii: "\n") }
      rest = rest[line.endIndex...].dropFirst()
      number += 1
      if let tag = closing {
        if line.drop(while: { $0 == 32 || (9...13).contains($0) }).starts(with: tag) { closing = nil }
        continue
      }
      guard var words = words(line), var name = words.first else { continue }
      if name.utf8.count >= 3, name.hasPrefix("--") { name.removeFirst(2) }
      words[0] = name
      if words.count == 1, name.utf8.count >= 2, name.hasPrefix("<"), name.hasSuffix(">") {
        if name != "<connection>", name != "</connection>" { closing = Array("</\(name.dropFirst())".utf8) }
        continue
      }
      body(words, number)
    }
  }

  /// The options of a command line (`parse_argv`). A single argument is a configuration file; otherwise each option
  /// starts with `--` and takes the words up to the next option.
  static func options(inCommand command: [String]) -> [(words: [String], argument: Int)] {
    if command.count == 2, !command[1].hasPrefix("--") { return [(["config", command[1]], 1)] }
    var options: [(words: [String], argument: Int)] = []
    for (index, word) in command.enumerated().dropFirst() {
      if word.hasPrefix("--") {
        options.append(([String(word.dropFirst(2))], index))
      } else if !options.isEmpty, options[options.count - 1].words.count < 16 {
        options[options.count - 1].words.append(word)
      }
    }
    return options
  }
}
