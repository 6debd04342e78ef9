/// What the first word of a command enters or wraps, and what then runs: `sudo -u root`, `docker exec -u 0 web`,
/// `nsenter -t $(docker inspect -f '{{.State.Pid}}' web) -n`, `ssh web01`, `timeout 5`.
struct PastedEntry {
  var place: PastedCommand.Namespace?
  var host: String?
  var rest: [String]

  /// Wrappers, with their options that take a value in the next word.
  private static let wrappers: [String: Set<String>] = [
    "sudo": ["-u", "-g", "-h", "-p", "-C", "-r", "-t", "-U", "-T", "-D", "--user", "--group"], "doas": ["-u", "-C"],
    "time": ["-f", "-o"], "timeout": ["-s", "-k", "--signal", "--kill-after"], "nice": ["-n"],
    "ionice": ["-c", "-n", "-p"], "stdbuf": ["-i", "-o", "-e"], "env": ["-u", "-C"], "nohup": [],
    "watch": ["-n", "--interval"],
  ]
  /// Options of programs that run something in a container, with values in the next word.
  private static let valued: Set<String> = [
    "-u", "--user", "-w", "--workdir", "-e", "--env", "--env-file", "--detach-keys", "-n", "--namespace", "-c",
    "--container", "--context", "--kubeconfig", "-s", "--server", "--cluster", "--index", "-H", "--host", "-f",
    "--file",
    "-p", "--project-name", "--profile", "--mode", "--group", "--cwd", "--project", "--image", "--target",
  ]
  private static let engines: Set<String> = ["docker", "podman", "nerdctl", "crictl", "docker-compose", "lxc", "incus"]

  /// Nil for a command that runs by itself.
  init?(_ words: [String]) {
    guard let first = words.first?.split(separator: "/").last.map(String.init) else { return nil }
    rest = []
    switch first {
    case _ where Self.wrappers[first] != nil: wrap(first, words)
    case "sh", "bash", "ash", "zsh": guard shell(words) else { return nil }
    case _ where Self.engines.contains(first): guard engine(words) else { return nil }
    case "kubectl", "oc", "k3s": guard pod(words) else { return nil }
    case "pct":
      guard words.count > 4, words[1] == "exec" else { return nil }
      place = .container(words[2])
      rest = Array(words[3...].drop { $0 == "--" })
    case "nsenter": guard namespace(words) else { return nil }
    case "ip": guard named(words) else { return nil }
    case "ssh": guard remote(words) else { return nil }
    case "vagrant": guard named(words, behind: "ssh", option: "-c") else { return nil }
    case "gcloud": guard named(words, behind: "ssh", option: "--command") else { return nil }
    default: return nil
    }
  }

  /// The index of the first word from `start` on that is neither an option nor an option's value.
  private static func operand(_ words: [String], from start: Int, _ valued: Set<String>) -> Int {
    var index = start
    while index < words.count, words[index].hasPrefix("-"), words[index] != "--" {
      index += valued.contains(words[index]) ? 2 : 1
    }
    return min(index, words.count)
  }

  private mutating func wrap(_ first: String, _ words: [String]) {
    var index = Self.operand(words, from: 1, Self.wrappers[first] ?? [])
    if first == "timeout" { index += 1 }
    while index < words.count, first == "env" || first == "sudo", words[index].contains("=") { index += 1 }
    rest = index < words.count ? Array(words[index...]) : []
  }

  /// `sh -c 'ss -tnp'`
  private mutating func shell(_ words: [String]) -> Bool {
    guard words.count > 2, ["-c", "-lc", "-xc"].contains(words[1]) else { return false }
    rest = Self.unquoted(Array(words[2...]))
    return true
  }

  /// `docker exec -u 0 web`, `docker compose exec web`, `docker run --rm --net container:web netshoot`
  private mutating func engine(_ words: [String]) -> Bool {
    let verb = Self.operand(words, from: 1, Self.valued)
    guard verb < words.count else { return false }
    // `docker -H ssh://web04 exec db ss -tnp`
    if let option = words[..<verb].firstIndex(where: { $0 == "-H" || $0 == "--host" }), option + 1 < verb,
      let address = words[option + 1].firstRange(of: "://")
    {
      let target = words[option + 1][address.upperBound...].split(separator: "@").last ?? ""
      let name = target.prefix { $0 != ":" && $0 != "/" }
      if words[option + 1].hasPrefix("ssh:") || words[option + 1].hasPrefix("tcp:"), !name.isEmpty {
        host = String(name)
      }
    }
    var next = verb
    if ["compose", "container"].contains(words[next]) { next = Self.operand(words, from: next + 1, Self.valued) }
    guard next < words.count else { return false }
    if words[next] == "run" { return run(words, from: next + 1) }
    guard words[next] == "exec" else { return false }
    let name = Self.operand(words, from: next + 1, Self.valued)
    guard name + 1 < words.count else { return false }
    place = .container(words[name])
    rest = Array(words[(name + 1)...].drop { $0 == "--" })
    return !rest.isEmpty
  }

  /// What runs in the network of another container.
  private mutating func run(_ words: [String], from start: Int) -> Bool {
    let network = words[start...].indices.lazy.compactMap { index -> Substring? in
      let word = words[index]
      if let equals = word.firstIndex(of: "="), ["--net", "--network"].contains(word[..<equals]) {
        return word[word.index(after: equals)...]
      }
      return ["--net", "--network"].contains(word) && index + 1 < words.count ? words[index + 1][...] : nil
    }.first
    guard let network, let tool = words[start...].firstIndex(where: { PastedPrompt.tools.contains($0) }) else {
      return false
    }
    if network.hasPrefix("container:") {
      place = .container(String(network.dropFirst(10)))
    } else if network != "host" {
      return false
    }
    rest = Array(words[tool...])
    return true
  }

  /// `kubectl -n prod exec -it api-7d9f -c api -- ss -tnp`, `kubectl debug`
  private mutating func pod(_ words: [String]) -> Bool {
    var verb = Self.operand(words, from: 1, Self.valued)
    if words[0].hasSuffix("k3s"), verb < words.count, words[verb] == "kubectl" {
      verb = Self.operand(words, from: verb + 1, Self.valued)
    }
    guard verb < words.count, ["exec", "debug"].contains(words[verb]) else { return false }
    let name = Self.operand(words, from: verb + 1, Self.valued)
    guard name < words.count else { return false }
    // `deploy/api` is one of several pods; it is not known which.
    place = .container(words[name].hasPrefix("pod/") ? String(words[name].dropFirst(4)) : words[name])
    let divider = words[name...].firstIndex(of: "--")
    let start = divider.map { $0 + 1 } ?? Self.operand(words, from: name + 1, Self.valued)
    rest = start < words.count ? Array(words[start...]) : []
    return !rest.isEmpty
  }

  /// `nsenter -t 2593 -n`, `--net=/run/netns/blue`; without a command it is a shell, and what follows was typed there.
  private mutating func namespace(_ words: [String]) -> Bool {
    var index = 1
    while index < words.count, words[index].hasPrefix("-") {
      let word = words[index]
      index += 1
      if word == "-t" || word == "--target" {
        index = target(words, index)
      } else if word.hasPrefix("--target=") || (word.hasPrefix("-t") && word.count > 2) {
        var copy = words
        copy[index - 1] = String(word.dropFirst(word.hasPrefix("--target=") ? 9 : 2))
        index = target(copy, index - 1)
      } else if word.hasPrefix("--net=") || word.hasPrefix("-n=") || word.hasPrefix("-n/") {
        file(word.drop { $0 != "/" })
      } else if ["-S", "-G", "--setuid", "--setgid"].contains(word) {
        index += 1
      }
    }
    guard place != nil else { return false }
    rest = index < words.count ? Array(words[index...]) : ["sh"]
    return true
  }

  /// The process behind `-t`, as a number or as what asks for a container's first process; where it goes on.
  private mutating func target(_ words: [String], _ index: Int) -> Int {
    guard index < words.count else { return index }
    let quotes: Set<Character> = ["\"", "'"]
    if let pid = Int32(words[index].filter { !quotes.contains($0) }) {
      place = .process(pid)
      return index + 1
    }
    guard words[index].contains("$("), words[index].filter({ $0 == "(" }).count > 0 else {
      place = .named(words[index].filter { !quotes.contains($0) })
      return index + 1
    }
    var depth = 0
    var end = index
    while end < words.count {
      depth += words[end].filter { $0 == "(" }.count - words[end].filter { $0 == ")" }.count
      end += 1
      if depth <= 0 { break }
    }
    let asked = words[index..<end].map { $0.filter { !"()$\"'`".contains($0) } }
    let isInspection = asked.contains("inspect") && Self.engines.contains(asked.first ?? "")
    if let label = asked.first(where: { $0.hasPrefix("io.kubernetes.pod.name=") }) {
      place = .container(String(label.dropFirst(23)))
    } else if isInspection, let name = asked.dropFirst(2).last(where: { DockerFormatOutput.isName($0) }) {
      place = .container(name)
    } else {
      place = .named(asked.joined(separator: " "))
    }
    return end
  }

  private mutating func file(_ path: Substring) {
    let parts = path.split(separator: "/")
    if parts.first == "proc", parts.count > 1, let pid = Int32(parts[1]) {
      place = .process(pid)
    } else if path.contains("/netns/"), let name = parts.last {
      place = .named(String(name))
    }
  }

  /// `ip netns exec NAME …`, `ip -n NAME addr`
  private mutating func named(_ words: [String]) -> Bool {
    if words.count > 4, words[1] == "netns", words[2] == "exec" {
      place = .named(words[3])
      rest = Array(words[4...])
      return true
    }
    guard words.count > 3, let at = words.firstIndex(where: { $0 == "-n" || $0 == "-netns" }), at + 2 < words.count
    else {
      return false
    }
    place = .named(words[at + 1])
    rest = Array(words[..<at] + words[(at + 2)...])
    return true
  }

  /// `ssh -p 22 root@web01 'ss -tnp'`; without a command it opens a shell, whose prompts name it.
  private mutating func remote(_ words: [String]) -> Bool {
    let valued: Set<String> = [
      "-p", "-i", "-l", "-o", "-J", "-F", "-b", "-c", "-D", "-E", "-e", "-I", "-L", "-m", "-O", "-Q", "-R", "-S", "-W",
      "-w",
    ]
    let name = Self.operand(words, from: 1, valued)
    guard name + 1 < words.count else { return false }
    let target = words[name].split(separator: "@").last.map(String.init) ?? words[name]
    guard DockerFormatOutput.isName(target) || target.contains(":") else { return false }
    rest = Self.unquoted(Array(words[(name + 1)...].drop { $0.hasPrefix("-") }))
    // `# ssh into web01` is a heading.
    guard let tool = rest.first?.split(separator: "/").last, PastedPrompt.tools.contains(String(tool)) else {
      return false
    }
    host = target
    return true
  }

  /// `vagrant ssh web06 -c "ss -tnp"`, `gcloud compute ssh web07 --command "ss -tnp"`
  private mutating func named(_ words: [String], behind verb: String, option: String) -> Bool {
    guard let at = words.firstIndex(of: verb), at < 3 else { return false }
    guard let start = words.firstIndex(where: { $0 == option || $0.hasPrefix(option + "=") }) else { return false }
    let name = words[(at + 1)...].first { !$0.hasPrefix("-") }
    var command = Array(words[start...])
    if command[0] == option {
      command.removeFirst()
    } else {
      command[0] = String(command[0].dropFirst(option.count + 1))
    }
    rest = Self.unquoted(command)
    guard let name, !rest.isEmpty, rest.first != nil else { return false }
    host = (name.split(separator: "@").last.map(String.init) ?? name).trimmed
    return true
  }

  /// The host of an `ssh HOST` that opens a shell there; nil for another command.
  static func shellHost(_ words: [String]) -> String? {
    guard words.count > 1, words[0] == "ssh" || words.starts(with: ["vagrant", "ssh"]) else { return nil }
    let first = words[0] == "ssh" ? 1 : 2
    let valued: Set<String> = ["-p", "-i", "-l", "-o", "-J", "-F", "-b", "-c", "-E", "-m", "-L", "-R", "-D", "-W"]
    let name = operand(words, from: first, valued)
    guard name == words.count - 1, !words.contains("-N") else { return nil }
    let target = words[name].split(separator: "@").last.map(String.init) ?? words[name]
    return DockerFormatOutput.isName(target) ? target : nil
  }

  /// Without the quotes around all of it.
  private static func unquoted(_ words: [String]) -> [String] {
    guard let quote = words.first?.first, quote == "'" || quote == "\"" else { return words }
    var result = words
    result[0].removeFirst()
    if result[result.count - 1].last == quote { result[result.count - 1].removeLast() }
    return result.filter { !$0.isEmpty }
  }
}
