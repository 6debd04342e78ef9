internal import Containers
internal import Flows

/// Lines of `docker inspect` or `docker network inspect` that `grep` selected: `"IPAddress": "172.17.0.2",`.
struct DockerGrepOutput: PastedOutput {
  let name = "docker inspect | grep"
  let isOfHost = true
  let signs: [PastedSign] = [
    .line("a member of docker inspect with an address, or a name") { line in
      guard let (key, value) = member(line) else { return false }
      // The name in front of a container's address in a network's description.
      if key == "Name" { return DockerFormatOutput.isName(value.first == "/" ? value.dropFirst() : value) }
      return addressKeys.contains(key) && address(value) != nil
    }
  ]
  let script: String? = nil

  static let addressKeys: Set<Substring> = ["IPAddress", "IPv4Address", "IPv6Address", "GlobalIPv6Address"]

  func isPrinted(by command: PastedCommand) -> Bool { command.isInspection && command.template == nil }

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedContainer>] {
    var found: [(container: ListedContainer, line: Int)] = []
    let asked = text.part.command?.inspected
    var label: String?
    var isOwn = false
    var pid: Int32?
    for line in text.lines {
      if line.text.hasPrefix("--"), !isOwn { label = nil }
      guard let (key, value) = Self.member(line.text) else { continue }
      switch key {
      // A network's name is in front of its containers' names; a container's name is behind them.
      // Of a container's own description only the one with a slash is its name: others are of its driver and volumes.
      case "Name":
        if value.hasPrefix("/") {
          (label, isOwn) = (String(value.dropFirst()), true)
        } else if !isOwn, asked?.isEmpty != false {
          label = String(value)
        }
      case "Pid": pid = Int32(value).flatMap { $0 > 0 ? $0 : nil }
      default:
        guard Self.addressKeys.contains(key), let address = Self.address(value) else { continue }
        let name = label ?? (asked.map { $0.count == 1 ? $0[0] : nil } ?? nil)
        guard let name else {
          notes.append(
            "\(text.file):\(line.number) has the address of a container, but not its name: give docker inspect its name"
          )
          continue
        }
        found.add(name, address, line.number)
      }
    }
    if let pid, let asked, asked.count == 1 {
      if found.isEmpty { found.add(asked[0], nil, text.firstLine) }
      found[0].container.container.pid = pid
    }
    return found.map { text.evident($0.container.run(by: text.part.command), line: $0.line) }
  }

  /// Reads `"IPAddress": "172.17.0.2",` as `IPAddress` and `172.17.0.2`; also a number without quotes.
  private static func member(_ text: String) -> (Substring, Substring)? {
    let line = text.drop { $0 == " " || $0 == "\t" || $0 == "-" }
    guard line.first == "\"", let end = line.dropFirst().firstIndex(of: "\"") else { return nil }
    let key = line[line.index(after: line.startIndex)..<end]
    var value = line[line.index(after: end)...].drop { $0 == ":" || $0 == " " }
    while value.last == "," || value.last == " " { value = value.dropLast() }
    if value.first == "\"", value.last == "\"", value.count > 1 { value = value.dropFirst().dropLast() }
    return (key, value)
  }

  private static func address(_ value: Substring) -> IPAddress? {
    value.split(separator: "/").first.flatMap { PastedWords.address($0) }
  }
}

/// `docker inspect --format …`, `docker network inspect -f …`: names, addresses and pids as words.
struct DockerFormatOutput: PastedOutput {
  let name = "docker inspect --format"
  let isOfHost = true
  let signs: [PastedSign] = [
    .line("a container's name with its address") { line in
      let words = PastedWords.split(line)
      guard let first = words.first, first.hasPrefix("/"), (2...6).contains(words.count), isName(first.dropFirst())
      else { return false }
      return words.dropFirst().allSatisfy { address($0) != nil }
    }
  ]
  let script: String? = nil

  func isPrinted(by command: PastedCommand) -> Bool { command.template != nil && command.words.first != "kubectl" }

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedContainer>] {
    var found: [(container: ListedContainer, line: Int)] = []
    let command = text.part.command
    let template = command?.template ?? ""
    let hasPid = template.contains("Pid")
    let asked = command?.inspected ?? []
    for line in text.lines {
      // In templates without spaces, `172.18.0.3/16db: …` can't be split.
      let words = line.text.split { " \t,=|'\";".contains($0) }
      var name: Substring?
      var addresses: [IPAddress] = []
      var pid: Int32?
      // `{{json .NetworkSettings.Networks}}`: the member's name says what an address is; a gateway's address is not the
      // container's.
      let isJSON = line.text.contains("\":")
      var key: Substring = ""
      for word in words {
        let plain = word.last == ":" ? word.dropLast() : word
        if isJSON {
          let isAddress = DockerGrepOutput.addressKeys.contains(key)
          if word != ":" { key = plain.prefix { $0 != "{" && $0 != "}" } }
          if isAddress, let address = Self.address(plain) { addresses.append(address) }
          if plain.first == "/", Self.isName(plain.dropFirst()) { name = plain.dropFirst() }
        } else if let address = Self.address(plain) {
          addresses.append(address)
        } else if let number = Int32(plain) {
          if hasPid, number > 0 { pid = number }
        } else if plain.first == "/" || name == nil, Self.isName(plain.first == "/" ? plain.dropFirst() : plain) {
          name = plain.first == "/" ? plain.dropFirst() : plain
        }
      }
      if addresses.isEmpty, pid == nil, command?.words.dropFirst().first == "ps", template.contains(".Names") {
        let title = words.last { word in Self.isName(word) && !(word.utf8.count >= 12 && word.allSatisfy(\.isHexDigit))
        }
        if let title { found.add(String(title), nil, line.number) }
      }
      guard !addresses.isEmpty || pid != nil else { continue }
      if template.contains("Gateway"), !isJSON {
        notes.append("\(text.file):\(line.number) has a gateway's address among others: leave it out of the format")
        continue
      }
      let title =
        template.contains("Name") ? name.map(String.init) : asked.count == 1 ? asked[0] : name.map(String.init)
      guard let title, !(pid == nil && addresses.isEmpty) else {
        notes.append("\(text.file):\(line.number) has no name of the container: add {{.Name}} to the format")
        continue
      }
      for address in addresses { found.add(title, address, line.number) }
      if addresses.isEmpty { found.add(title, nil, line.number) }
      if let pid, let index = found.lastIndex(where: { $0.container.container.names == [title] }) {
        found[index].container.container.pid = pid
      }
    }
    return found.map { text.evident($0.container.run(by: text.part.command), line: $0.line) }
  }

  static func isName(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.count < 128 && text.first.map { $0.isLetter || $0.isNumber } == true
      && text.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
          || [45, 46, 95].contains(byte)
      }
  }

  private static func address(_ word: some StringProtocol) -> IPAddress? {
    let parts = word.split(separator: "/", maxSplits: 1)
    guard let first = parts.first, parts.count == 1 || Int(parts[1]) != nil else { return nil }
    return PastedWords.address(first)
  }
}

/// `docker ps`, `podman ps`, `docker compose ps`: which names there are.
struct DockerListOutput: PastedOutput {
  let name = "docker ps"
  let isOfHost = true
  let hasParagraphs = false
  let signs: [PastedSign] = [.title("the heading of docker ps") { isHeading($0) }]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedContainer>] {
    guard let head = text.lines.first(where: { Self.isHeading($0.text) }) else { return [] }
    let titles = Columns(head.text)
    return text.lines.compactMap { line in
      guard line.number > head.number else { return nil }
      let id = titles.word(under: "CONTAINER ID", of: line.text).flatMap { word in
        word.utf8.count >= 12 && word.allSatisfy(\.isHexDigit) ? String(word) : nil
      }
      let title = titles.word(under: "NAMES", of: line.text) ?? titles.word(under: "NAME", of: line.text)
      guard let title, DockerFormatOutput.isName(title) || title.contains(","), id != nil || titles.has("SERVICE")
      else {
        return nil
      }
      var names = title.split(separator: ",").map(String.init)
      guard let first = names.first else { return nil }
      // The name that `docker compose exec` uses.
      if let service = titles.word(under: "SERVICE", of: line.text), !names.contains(String(service)) {
        names.append(String(service))
      }
      let container = DockerContainer(
        id: id ?? first, names: names, image: titles.word(under: "IMAGE", of: line.text).map(String.init),
        state: titles.isOver(line.text) ? "exited" : "running")
      return text.evident(ListedContainer(container: container).run(by: text.part.command), line: line.number)
    }
  }

  private static func isHeading(_ text: String) -> Bool {
    (text.hasPrefix("CONTAINER ID") && text.contains("NAMES"))
      || (text.hasPrefix("NAME ") && text.contains(" SERVICE ") && text.contains(" STATUS"))
  }

  /// The titles of a table with the columns where they begin: `--format` puts them in any order.
  private struct Columns {
    private let starts: [(title: String, at: Int)]
    /// Whether a title is the last one, so that it is found also where a text has lost its spaces.
    private let last: String?

    init(_ heading: String) {
      var found: [(title: String, at: Int)] = []
      for title in ["CONTAINER ID", "NAMES", "NAME", "IMAGE", "SERVICE", "STATUS"] {
        guard let range = heading.firstRange(of: title), !(title == "NAME" && heading.contains("NAMES")) else {
          continue
        }
        found.append((title, heading.distance(from: heading.startIndex, to: range.lowerBound)))
      }
      starts = found
      last = heading.split(separator: " ").last.map(String.init)
    }

    func has(_ title: String) -> Bool { starts.contains { $0.title == title } }

    /// Whether the container does not run: `Exited (137) 5 days ago`, `Created`.
    func isOver(_ text: String) -> Bool {
      guard let status = word(under: "STATUS", of: text) else { return false }
      return ["Exited", "Created", "Dead", "Removal", "exited"].contains(String(status))
    }

    /// The word that begins where the title does.
    func word(under title: String, of text: String) -> Substring? {
      guard let column = starts.first(where: { $0.title == title }) else { return nil }
      if title == last { return PastedWords.split(text).last }
      if column.at == 0 { return PastedWords.split(text).first }
      guard let start = text.index(text.startIndex, offsetBy: column.at, limitedBy: text.endIndex),
        start < text.endIndex, text[text.index(before: start)] == " ", text[start] != " "
      else { return nil }
      return PastedWords.split(text[start...]).first
    }
  }
}

/// `kubectl get pods -o wide`: names and addresses of pods.
struct PodsOutput: PastedOutput {
  let name = "kubectl get pods -o wide"
  let isOfHost = true
  let signs: [PastedSign] = [
    .line("a pod with its address") { pod($0) != nil }
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedContainer>] {
    var counts: [IPAddress: Int] = [:]
    for line in text.lines {
      guard let pod = Self.pod(line.text) else { continue }
      if pod.hasEnded {
        notes.append("\(text.file):\(line.number): \(pod.name) has ended, and its address may be another's by now")
      } else {
        counts[pod.address, default: 0] += 1
      }
    }
    return text.lines.compactMap { line -> Evident<ListedContainer>? in
      // Pods with the node's own address have no network of their own.
      guard let pod = Self.pod(line.text), !pod.hasEnded, !pod.isOfNode, counts[pod.address] == 1 else { return nil }
      let (name, address) = (pod.name, pod.address)
      var found: [(container: ListedContainer, line: Int)] = []
      found.add(name, address, line.number)
      guard var listed = found.first?.container else { return nil }
      listed.runtime = "kubernetes"
      return text.evident(listed, line: line.number)
    }
  }

  /// Reads `xmpp-2041   1/1   Running   0   3d   10.10.28.9   node-157`, with or without the namespace in front.
  private static func pod(_ text: String) -> Pod? {
    let words = PastedWords.split(text)
    guard
      let ready = words.firstIndex(where: { word in
        let parts = word.split(separator: "/")
        return parts.count == 2 && parts.allSatisfy { UInt16($0) != nil }
      }), ready == 1 || ready == 2, words.count >= ready + 5, words[ready + 1].first?.isUppercase == true,
      let address = address(words[(ready + 2)...])
    else { return nil }
    let node = words.firstIndex { PastedWords.address($0) == address }.flatMap { at in
      at + 1 < words.count ? PastedWords.address(words[at + 1]) : nil
    }
    let name = String(words[ready - 1])
    return Pod(
      name: name, address: address, hasEnded: ended.contains(String(words[ready + 1])),
      isOfNode: node == address || hostPods.contains(where: name.hasPrefix))
  }

  /// The address behind the restarts (`3`, `3 (2d ago)`) and the age; nil for `<none>`.
  private static func address(_ words: ArraySlice<Substring>) -> IPAddress? {
    var rest = words.dropFirst()
    if rest.first?.hasPrefix("(") == true {
      rest = rest.drop { !$0.hasSuffix(")") }.dropFirst()
    }
    return rest.dropFirst().first.flatMap { PastedWords.address($0) }
  }

  private struct Pod {
    var name: String
    var address: IPAddress
    /// Whether its address was given back, or may have been.
    var hasEnded: Bool
    /// Whether it shares its node's network.
    var isOfNode: Bool
  }

  private static let ended: Set<String> = [
    "Completed", "Succeeded", "Failed", "Error", "Evicted", "OOMKilled", "Terminated", "Shutdown", "NodeShutdown",
    "NodeLost", "Unknown", "ContainerStatusUnknown", "DeadlineExceeded", "UnexpectedAdmissionError", "NodeAffinity",
  ]

  /// The control plane's pods, which always run in the node's network.
  private static let hostPods = [
    "etcd-", "kube-proxy-", "kube-apiserver-", "kube-controller-manager-", "kube-scheduler-",
  ]
}

extension ListedContainer {
  /// The container with the runtime that the command implies.
  fileprivate func run(by command: PastedCommand?) -> ListedContainer {
    var result = self
    if command?.words.first == "podman" { result.runtime = "podman" }
    return result
  }
}

extension [(container: ListedContainer, line: Int)] {
  /// Adds an address to the container `name`, which is added if it is missing.
  fileprivate mutating func add(_ name: String, _ address: IPAddress?, _ line: Int) {
    let index: Int
    if let known = firstIndex(where: { $0.container.container.names == [name] }) {
      index = known
    } else {
      index = count
      append((ListedContainer(container: DockerContainer(id: name, names: [name], state: "running")), line))
    }
    guard let address, self[index].container.addressLines[address] == nil else { return }
    self[index].container.addressLines[address] = line
    self[index].container.container.networks.append(
      DockerContainer.Network(
        name: "network \(self[index].container.container.networks.count + 1)", v4: address.isV4 ? address : nil,
        v6: address.isV4 ? nil : address))
  }
}
