/// A command as a person typed it, and where it ran.
public struct PastedCommand: Hashable, Sendable {
  /// The program, without its folder, and its arguments; what enters a place and what comes behind a pipe is taken off.
  public var words: [String]
  /// The first word as it was typed, without its folder: `sudo`.
  public var typed: String
  /// All of it, as it was typed.
  public var text: String
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

  /// Whether it is `docker inspect` or `docker network inspect`.
  var isInspection: Bool {
    ["docker", "podman", "nerdctl"].contains(words[0]) && words.prefix(3).contains("inspect")
  }

  /// The template behind `--format` or `-f`; nil if there is none.
  var template: String? {
    guard ["docker", "podman", "nerdctl"].contains(words[0]), let start = text.firstRange(of: "{{") else { return nil }
    return String(text[start.lowerBound...])
  }

  /// What `docker inspect` was asked for by name: the words behind it that are no options and no template.
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
    // Where another command gives the names, nobody knows them.
    return text.contains("$(") || text.contains("xargs") ? [] : names
  }

  /// Whether it opens a shell at its place, in which the next commands are typed.
  var opensShell: Bool {
    place != nil && words.count <= 2 && ["sh", "bash", "ash", "zsh", "-", "/bin/sh"].contains(words[0])
  }

  init?(_ text: some StringProtocol) {
    var words = PastedWords.split(Self.parted(text)).map(String.init)
    typed = words.first.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? ""
    self.text = String(text)
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

  /// With spaces around pipes that stand outside quotes: `docker inspect openvpn|grep 172`.
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
    case "kubectl":
      guard words.count > 3, words[1] == "exec", let divider = words.firstIndex(of: "--"), divider + 1 < words.count,
        let pod = words[2..<divider].first(where: { !$0.hasPrefix("-") })
      else { return nil }
      return (.container(pod), Array(words[(divider + 1)...]))
    case "nsenter":
      guard let at = words.firstIndex(where: { $0 == "-t" || $0 == "--target" }), at + 1 < words.count,
        let pid = Int32(words[at + 1])
      else { return nil }
      let rest = words[(at + 2)...].drop { $0.hasPrefix("-") }
      // Without a command it is a shell, and what follows was typed there.
      return (.process(pid), rest.isEmpty ? ["sh"] : Array(rest))
    case "ip":
      guard words.count > 4, words[1] == "netns", words[2] == "exec" else { return nil }
      return (.named(words[3]), Array(words.dropFirst(4)))
    default: return nil
    }
  }
}
