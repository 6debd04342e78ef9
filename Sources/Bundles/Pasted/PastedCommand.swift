/// A command as a person typed it, and where it ran.
public struct PastedCommand: Hashable, Sendable {
  /// The program without its folder, and its arguments. Words that enter a place, and everything behind a pipe, are
  /// removed.
  public var words: [String]
  /// The first word as typed, without its folder: `sudo`.
  public var typed: String
  /// The whole command as typed.
  public var text: String
  public var place: Namespace?
  /// The host that `ssh HOST …` ran it on.
  public var host: String?

  /// Where it ran, if that is another network namespace than the shell's.
  public enum Namespace: Hashable, Sendable {
    /// `docker exec NAME …`.
    case container(String)
    /// `nsenter -t PID -n …`.
    case process(Int32)
    /// `ip netns exec NAME …`.
    case named(String)
  }

  /// Whether it prints a file, whose lines may look like prompts.
  public var showsFile: Bool { ["cat", "more", "less", "tail", "head", "nginx", "sed", "grep"].contains(words[0]) }

  /// Whether it is `docker inspect` or `docker network inspect`.
  var isInspection: Bool {
    ["docker", "podman", "nerdctl"].contains(words[0]) && words.prefix(3).contains("inspect")
  }

  /// The template of `--format` or `-f`; nil if there is none.
  var template: String? {
    guard ["docker", "podman", "nerdctl"].contains(words[0]), let start = text.firstRange(of: "{{") else { return nil }
    return String(text[start.lowerBound...])
  }

  /// The names given to `docker inspect`: its arguments without options and template.
  var inspected: [String] {
    guard isInspection, !words.prefix(3).contains("network"), let at = words.firstIndex(of: "inspect") else {
      return []
    }
    var names: [String] = []
    var isInTemplate = false
    for word in words[(at + 1)...] {
      if word.contains("{{") { isInTemplate = true }
      if !isInTemplate, !word.hasPrefix("-"), DockerFormatOutput.isName(word) { names.append(word) }
      if word.contains("}}"), word.hasSuffix("}}") || word.hasSuffix("'") || word.hasSuffix("\"") {
        isInTemplate = false
      }
    }
    // The names come from another command and are not known.
    return text.contains("$(") || text.contains("xargs") ? [] : names
  }

  /// Whether it opens a shell at its place, in which the next commands are typed.
  var opensShell: Bool {
    place != nil && words.count <= 2 && ["sh", "bash", "ash", "zsh", "-", "/bin/sh"].contains(words[0])
  }

  init?(_ text: some StringProtocol) {
    var words = PastedWords.split(Self.parted(text)).map(String.init)
    // `LANG=C netstat -tn`
    while words.count > 1, Self.isAssignment(words[0]) { words.removeFirst() }
    typed = words.first.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? ""
    self.text = String(text)
    if let pipe = Self.end(words), pipe > 0, words[0] != "echo", words[0] != "printf" { words.removeSubrange(pipe...) }
    var place: Namespace?
    var rounds = 0
    while rounds < 6, !words.isEmpty {
      rounds += 1
      guard let entered = PastedEntry(words) else { break }
      place = entered.place ?? place
      host = entered.host ?? host
      words = entered.rest
    }
    // `ss -N NAME` runs in another namespace.
    if place == nil, words.first?.hasSuffix("ss") == true {
      if let at = words.firstIndex(where: { $0 == "-N" || $0 == "--net" }), at + 1 < words.count {
        place = .named(words[at + 1])
      }
      if let word = words.first(where: { $0.hasPrefix("--net=") }) { place = .named(String(word.dropFirst(6))) }
    }
    guard let first = words.first, !first.isEmpty else { return nil }
    // `cat /proc/4711/net/tcp` is about that process's network.
    if place == nil, let file = words.dropFirst().first(where: { $0.hasPrefix("/proc/") && $0.contains("/net/") }),
      let pid = Int32(file.split(separator: "/")[1])
    {
      place = .process(pid)
    }
    words[0] = first.split(separator: "/").last.map(String.init) ?? first
    self.words = words
    self.place = place
  }

  private static func isAssignment(_ word: String) -> Bool {
    guard let equals = word.firstIndex(of: "="), equals > word.startIndex else { return false }
    return word[..<equals].allSatisfy { $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "_") }
  }

  /// Where a pipe or another command begins, outside of `$(…)`.
  private static func end(_ words: [String]) -> Int? {
    var depth = 0
    for (index, word) in words.enumerated() {
      if depth == 0, ["|", ">", "2>", ";", "&&", "<"].contains(word) { return index }
      let opened = word.contains("$(") || depth > 0 ? word.filter { $0 == "(" }.count : 0
      depth = max(0, depth + opened - (depth + opened > 0 ? word.filter { $0 == ")" }.count : 0))
    }
    return nil
  }

  /// The text with spaces around pipes outside quotes, as in `docker inspect openvpn|grep 172`.
  private static func parted(_ text: some StringProtocol) -> String {
    guard text.contains("|") || text.contains(";") else { return String(text) }
    var result = ""
    var quote: Character?
    for character in text {
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "'" || character == "\"" {
        quote = character
      } else if character == "|" || character == ";" {
        result += " \(character) "
        continue
      }
      result.append(character)
    }
    return result
  }
}
