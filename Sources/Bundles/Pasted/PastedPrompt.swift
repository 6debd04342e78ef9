/// A line with a shell's prompt and a command behind it: `root@s750:~# conntrack -L`, `[root@s750 ~]# ss -tunap`, `/ # ip addr`.
struct PastedPrompt {
  var command: PastedCommand
  var host: String?

  /// Programs whose name behind a bare `# ` or `$ ` makes it a prompt.
  private static let tools: Set<String> = [
    "conntrack", "ss", "netstat", "lsof", "docker", "podman", "wg", "ip", "nethogs", "cat", "echo", "socat", "nsenter",
    "sudo", "nginx", "haproxy", "more", "less", "tail", "head", "ssh", "kubectl",
  ]

  /// - Parameter isInFile: whether the lines belong to a file that is shown, in which `# ` begins a comment.
  init?(_ line: String, isInFile: Bool) {
    let text = line.utf8
    guard text.count < 2048 else { return nil }
    var index = text.startIndex
    var length = 0
    while index < text.endIndex, length < 96 {
      let next = text.index(after: index)
      if [UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%")].contains(text[index]), next < text.endIndex,
        text[next] == 32
      {
        let rest = line[next...].drop { $0 == " " }
        guard !rest.isEmpty, let found = PastedCommand(rest) else { return nil }
        let head = line[..<index]
        guard Self.isPrompt(head, found, isInFile) else { return nil }
        command = found
        host = Self.host(head)
        return
      }
      index = next
      length += 1
    }
    return nil
  }

  private static func isPrompt(_ head: Substring, _ command: PastedCommand, _ isInFile: Bool) -> Bool {
    let trimmed = head.drop { $0 == " " || $0 == "(" }
    if trimmed.contains("@"), !trimmed.contains("=") {
      // user@host:path, [user@host path]
      let words = trimmed.split(separator: " ")
      return words.count == 1 || (trimmed.first == "[" && words.count < 4) || words[0].hasSuffix(")")
    }
    guard tools.contains(command.words[0]), !isInFile else { return false }
    // `/ # `, `~ $ `, `bash-5.1# `, `sh-4.2$ `, or nothing.
    return trimmed.isEmpty || trimmed.first == "/" || trimmed.first == "~" || trimmed.hasPrefix("bash-")
      || trimmed.hasPrefix("sh-")
  }

  private static func host(_ head: Substring) -> String? {
    guard let at = head.firstIndex(of: "@") else { return nil }
    let name = head[at...].dropFirst().prefix { $0 != ":" && $0 != " " && $0 != "]" && $0 != "~" }
    return name.isEmpty ? nil : String(name)
  }
}

/// A command as a person typed it, and where it ran.
public struct PastedCommand: Hashable, Sendable {
  /// The program, without its folder, and its arguments; what enters a place and what comes behind a pipe is taken off.
  public var words: [String]
  public var place: Place?

  /// Where it ran, if that is another network namespace than the shell's.
  public enum Place: Hashable, Sendable {
    /// `docker exec NAME …`
    case container(String)
    /// `nsenter -t PID -n …`
    case process(Int32)
    /// `ip netns exec NAME …`
    case named(String)
  }

  /// Whether it prints a file, whose lines may begin like prompts.
  public var showsFile: Bool { ["cat", "more", "less", "tail", "head", "nginx", "sed", "grep"].contains(words[0]) }

  init?(_ text: some StringProtocol) {
    var words = PastedWords.split(text).map(String.init)
    if let pipe = words.firstIndex(where: { ["|", ">", "2>", ";", "&&", "<"].contains($0) }), pipe > 0,
      words[0] != "echo", words[0] != "printf"
    {
      words.removeSubrange(pipe...)
    }
    var place: Place?
    var rounds = 0
    while rounds < 4, let first = words.first {
      rounds += 1
      guard let entered = Self.enter(first, words) else { break }
      place = entered.place ?? place
      words = entered.rest
    }
    guard let first = words.first else { return nil }
    words[0] = first.split(separator: "/").last.map(String.init) ?? first
    self.words = words
    self.place = place
  }

  private static func enter(_ first: String, _ words: [String]) -> (place: Place?, rest: [String])? {
    switch first.split(separator: "/").last ?? "" {
    case "sudo", "time", "doas":
      let rest = words.dropFirst().drop { $0.hasPrefix("-") }
      return (nil, Array(rest))
    case "docker", "podman":
      guard words.count > 1, words[1] == "exec" else { return nil }
      let rest = words.dropFirst(2).drop { $0.hasPrefix("-") }
      guard rest.count > 1, let name = rest.first else { return nil }
      return (.container(name), Array(rest.dropFirst()))
    case "nsenter":
      guard let at = words.firstIndex(where: { $0 == "-t" || $0 == "--target" }), at + 1 < words.count,
        let pid = Int32(words[at + 1])
      else { return nil }
      let rest = words[(at + 2)...].drop { $0.hasPrefix("-") }
      return rest.isEmpty ? nil : (.process(pid), Array(rest))
    case "ip":
      guard words.count > 4, words[1] == "netns", words[2] == "exec" else { return nil }
      return (.named(words[3]), Array(words.dropFirst(4)))
    default: return nil
    }
  }
}
