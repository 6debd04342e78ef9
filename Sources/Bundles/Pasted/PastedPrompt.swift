/// A line with a command that somebody typed, after any shell's prompt: `root@s750:~# conntrack -L`,
/// `[root@s750 ~]# ss -tunap`, `/ # ip addr`, `❯ ss -tn`, `➜  ~ git:(main) ✗ docker ps`, `+ conntrack -L` of `set -x`,
/// a title `### ss -tunap ###`, or the command alone.
struct PastedPrompt {
  var command: PastedCommand
  var host: String?
  /// Whether it was typed behind a prompt's sign, and is no title.
  var isTyped = true

  /// Programs whose name after a prompt's sign shows that it is a prompt.
  static let tools: Set<String> = [
    "conntrack", "ss", "netstat", "lsof", "docker", "podman", "wg", "ip", "nethogs", "iftop", "cat", "echo", "socat",
    "nsenter", "sudo", "nginx", "haproxy", "more", "less", "tail", "head", "ssh", "kubectl", "tcpdump", "ifconfig",
    "route", "arp", "nft", "iptables", "iptables-save", "ip6tables", "ip6tables-save", "journalctl", "dmesg", "grep",
    "ps", "nc", "curl", "exit", "bash", "sh", "tshark", "crictl", "ctr", "nerdctl", "lxc", "machinectl", "systemctl",
    "hostname", "uname", "watch", "iperf3", "ping", "traceroute", "mtr", "dig", "nslookup", "docker-compose", "su",
    "timeout", "env", "doas", "oc", "vagrant", "gcloud", "incus", "pct", "time", "k3s", "sockstat", "pfctl",
  ]
  /// The signs with which prompts of shells and their themes end.
  private static let signs: Set<Character> = [
    "#", "$", "%", ">", "❯", "➜", "λ", "»", "▶", "→", "⟩", "›", "✗", "\u{E0B0}", "⇒", "┗", "└", "╰",
  ]
  /// Words after some tools that show a command even without a prompt.
  private static let subcommands: [String: Set<String>] = [
    "docker": ["ps", "inspect", "network", "exec", "container", "logs", "top", "stats", "compose", "run"],
    "podman": ["ps", "inspect", "network", "exec", "container"], "wg": ["show"], "nft": ["list"],
    "ip": ["addr", "address", "a", "route", "r", "neigh", "n", "netns", "link", "-br", "-6", "-4", "-s", "rule"],
    "kubectl": ["get", "describe", "exec", "logs"], "nginx": ["-T"], "crictl": ["ps", "inspect"],
  ]
  private static let bare: Set<String> = [
    "conntrack", "ss", "netstat", "lsof", "nethogs", "iftop", "nsenter", "tcpdump", "iptables-save", "ifconfig",
  ]

  /// - Parameter isInFile: whether the lines belong to a file that is printed, in which `# ` begins a comment.
  init?(_ line: String, isInFile: Bool) {
    guard line.utf8.count < 2048, !line.isEmpty else { return nil }
    if let found = Self.prompt(line, isInFile) {
      (command, host) = found
    } else if !isInFile, let found = Self.trace(line) ?? Self.title(line) {
      (command, host) = found
      isTyped = false
    } else {
      return nil
    }
  }

  /// The host in a prompt without a command: `z@s750:~$ `, `[root@s750 ~]# `; nil if the line is no such prompt.
  static func bareHost(_ line: String) -> String? {
    guard line.utf8.count < 200, line.contains("@") else { return nil }
    var text = line[...]
    while text.last == " " { text = text.dropLast() }
    guard let sign = text.last, "#$%".contains(sign) else { return nil }
    let head = text.dropLast()
    guard head.contains(":") || (head.first == "[" && head.last == "]"),
      head.split(separator: " ").count <= (head.first == "[" ? 3 : 1)
    else { return nil }
    return host(head)
  }

  /// Whether a line is what a shell or its opener prints when Ctrl-D ends the shell: `exit`,
  /// `command terminated with exit code 130`.
  static func endsShell(_ line: String) -> Bool {
    line == "exit" || line == "logout"
      || (line.utf8.count < 200 && line.contains("command terminated with exit code "))
  }

  /// Whether a line is the upper one of a prompt with two lines: `┌──(kali㉿kali)-[~]`.
  static func isUpperLine(_ line: String) -> Bool {
    let text = line.drop { $0 == " " }
    guard let first = text.first, ["┌", "╭", "┏"].contains(first) else { return false }
    return text.contains("(") || text.contains("[") || text.contains("@") || text.contains("~")
  }

  /// The host in the upper line.
  static func upperHost(_ line: String) -> String? { host(line[...]) }

  private static func prompt(_ line: String, _ isInFile: Bool) -> (PastedCommand, String?)? {
    var index = line.startIndex
    var length = 0
    while index < line.endIndex, length < 120 {
      let next = line.index(after: index)
      let isSign = signs.contains(line[index])
      // `└─$ ` is one sign. A sign is followed by a space, except `$` and `❯`, which the command may follow at once.
      if isSign, next < line.endIndex, line[next] == " " || line[next] == "\u{A0}" {
        let rest = line[next...].drop { $0 == " " || $0 == "\u{A0}" }
        let head = line[..<index]
        if let found = PastedCommand(rest), isPrompt(head, line[index], found, isInFile) {
          return (found, host(head))
        }
        // `➜  ~ git:(main) ✗ docker ps`: folders and branches are in between.
        if !isInFile, ["➜", "❯", "→", "λ"].contains(line[index]) {
          var words = rest.split(separator: " ")[...]
          for _ in 0..<5 {
            guard let word = words.first else { break }
            let tail = line[word.startIndex...]
            if let found = PastedCommand(tail), tools.contains(found.typed) { return (found, host(head)) }
            words.removeFirst()
          }
        }
      }
      index = next
      length += 1
    }
    return nil
  }

  private static func isPrompt(
    _ head: Substring, _ sign: Character, _ command: PastedCommand, _ isInFile: Bool
  ) -> Bool {
    let trimmed = head.drop { $0 == " " || $0 == "(" }
    if trimmed.contains("@") || trimmed.contains("㉿"), !trimmed.contains("="), sign != ">" || trimmed.contains("@") {
      // user@host:path, [user@host path], (venv) user@host, user@host path (branch)
      let words = trimmed.split(separator: " ")
      if words.count == 1 || (trimmed.first == "[" && words.count < 4) || words[0].hasSuffix(")") { return true }
      return words.count < 6 && tools.contains(command.typed)
    }
    guard tools.contains(command.typed), !isInFile else { return false }
    // A prompt is short and no sentence: `/ # `, `~ $ `, `bash-5.1# `, `s750:~# `, `└─$ `, or empty.
    let words = trimmed.split(separator: " ")
    return words.count <= 3 && trimmed.utf8.count <= 60 && !trimmed.contains("=") && !trimmed.contains("\"")
      && !words.contains { $0.count > 2 && $0.last == "," }
  }

  /// Reads `+ conntrack -L`, `++ docker ps`.
  private static func trace(_ line: String) -> (PastedCommand, String?)? {
    let signs = line.prefix { $0 == "+" }
    guard !signs.isEmpty, signs.count < 5, line[signs.endIndex...].first == " ",
      let found = PastedCommand(line[signs.endIndex...].dropFirst()), tools.contains(found.typed)
    else { return nil }
    return (found, nil)
  }

  /// Reads `### ss -tunap ###`, `=== conntrack -L`, `**docker ps**`, `docker inspect openvpn:`, `sudo ss -tup`.
  private static func title(_ line: String) -> (PastedCommand, String?)? {
    // Some programs' lines begin with paths (`nethogs`).
    guard line.first != "/" else { return nil }
    let marks: Set<Character> = ["#", "=", "-", "*", "~", "`", " ", "_"]
    let front = line.drop { marks.contains($0) }
    let isMarked = front.startIndex > line.startIndex && front.startIndex != line.endIndex && line.first != " "
    var text = front
    while let last = text.last, marks.contains(last) || last == ":" { text = text.dropLast() }
    guard !text.isEmpty, text.utf8.count < 300, let found = PastedCommand(text) else { return nil }
    let words = found.words
    let isEntered = found.typed == "sudo" || found.place != nil
    guard tools.contains(found.typed) || isEntered, let tool = words.first else { return nil }
    let second = words.dropFirst().first
    if second?.hasPrefix("-") == true, second != "-" || isMarked { return tools.contains(tool) ? (found, nil) : nil }
    if let second, subcommands[tool]?.contains(second) == true { return (found, nil) }
    if second == nil, bare.contains(tool) { return (found, nil) }
    if found.typed == "sudo", tools.contains(tool) { return (found, nil) }
    if isEntered, tools.contains(tool), tool != "exit" { return (found, nil) }
    if tool == "cat", let second, second.contains("/") { return (found, nil) }
    if ["echo", "printf"].contains(tool), text.contains("socat") || text.contains("nc ") { return (found, nil) }
    return nil
  }

  private static func host(_ head: Substring) -> String? {
    if let at = head.firstIndex(where: { $0 == "@" || $0 == "㉿" }) {
      let name = head[at...].dropFirst().prefix { !": ]~)>#$%".contains($0) }
      return name.isEmpty ? nil : String(name)
    }
    // `s750:~`, `s750:/etc`
    let text = head.drop { $0 == " " || $0 == "[" }
    guard let colon = text.firstIndex(of: ":"), colon > text.startIndex else { return nil }
    let (name, path) = (text[..<colon], text[text.index(after: colon)...])
    let isName = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) }
    return isName && path.first.map { $0 == "~" || $0 == "/" } == true ? String(name) : nil
  }
}
