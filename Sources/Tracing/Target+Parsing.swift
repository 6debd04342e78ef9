public import Flows
public import Questions

extension Target {
  /// Parses `text` as a target on the host that `inventory` describes. Throws `TargetError` if it is none.
  public init(_ text: String, inventory: Inventory, sets: some NamedSets) throws(TargetError) {
    // A part of a set, such as aws:ec2, looks like an address with a port.
    if text.contains(":"), let prefixes = sets.prefixes(named: text) { self = .set(text, prefixes); return }
    var malformed: TargetError?
    do { if let shaped = try Target.shaped(text) { self = shaped; return } } catch { malformed = error }
    if let silent = Target.silentHost(of: text, inventory) {
      throw TargetError(silent: silent, in: text)
    }
    if let (number, name, rest) = Target.host(of: text, inventory) {
      do throws(TargetError) {
        self = .on(host: number, called: name, try Target(rest, inventory: inventory.only(number), sets: sets))
      } catch { throw TargetError(code: error.code, text: text, advice: error.advice) }
      return
    }
    if let malformed { throw malformed }
    let hostFirst = inventory.namespaces.filter(\.isHost) + inventory.namespaces.filter { !$0.isHost }
    let interfaces = hostFirst.flatMap { place in place.interfaces.map { (name: $0.name, namespace: place.id) } }
    // Whoever runs it in a container means that one's `eth0`.
    let first = hostFirst.first?.id.host
    let own = inventory.namespaces.first { $0.entry == "" && $0.id.host == first } ?? hostFirst.first
    // Recorded hosts are all alike: the first one is no more meant than the others.
    let isHere = !inventory.isSeveral() || inventory.here != nil
    for place in [own, hostFirst.first].compactMap(\.self)
    where isHere && (place.isHost || place.entry == "") {
      guard place.interfaces.contains(where: { $0.name == text }) else { continue }
      self = .interface(text, place.id)
      return
    }
    try Target.refuseTwins(ofInterface: text, inventory)
    let containers = inventory.containers.map(\.container)
    var matches = containers.filter { $0.name == text || $0.id == text }
    if matches.isEmpty, text.utf8.count >= 3, text.utf8.allSatisfy(Target.isHexadecimal) {
      matches = containers.filter { $0.id.hasPrefix(text) }
    }
    switch matches.count {
    case 1: self = .container(matches[0]); return
    case 2...:
      let ids = matches.map { "\($0.shortID) (\($0.runtime), \($0.image ?? "image unknown"))" }
      throw TargetError(
        code: .ambiguous, text: text,
        advice: "\(matches.count) containers match; name one by its id: \(ids.joined(separator: ", "))")
    default: break
    }
    if let prefixes = sets.prefixes(named: text) { self = .set(text, prefixes); return }
    if let interface = interfaces.first(where: { $0.name == text }) {
      let twins = inventory.namespaces.filter { place in
        place.id.host == interface.namespace.host && place.interfaces.contains { $0.name == text }
      }
      guard twins.count == 1 else {
        throw TargetError(
          code: .ambiguous, text: text,
          advice:
            "\(twins.count) network namespaces have this interface: \(twins.prefix(4).map(\.title).joined(separator: ", "))"
            + "\(twins.count > 4 ? " and more" : ""); name the container, or run headwater in the one that is meant")
      }
      self = .interface(text, interface.namespace)
      return
    }
    if inventory.processNames.contains(text) { self = .processName(text); return }
    if let name = Target.siteName(text) { self = .name(name); return }
    let known = interfaces.map(\.name) + containers.compactMap(\.name) + sets.names + inventory.processNames
    let near = Target.nearest(to: text, among: known)
    let isNumber = text.utf8.allSatisfy { (48...57).contains($0) }
    if let colon = text.firstIndex(of: ":"), text.first != ":" {
      let hosts = inventory.hosts ?? [inventory.host]
      let host = String(text[..<colon])
      let rest = text[text.index(after: colon)...]
      if hosts.contains(host) {
        let isPort = UInt16(rest) != nil
        throw TargetError(
          code: .unknown, text: text,
          advice: rest.isEmpty
            ? "say what of \(host): \(host):eth0, \(host)::443, \(host):pid:811"
            : "no interface, container, address set or process of \(host) is called \(rest)"
              + (isPort ? "; \(host)::\(rest) is its port \(rest), \(host):pid:\(rest) its process" : ""))
      }
      let near = Target.nearest(to: host, among: hosts)
      throw TargetError(
        code: .unknown, text: text,
        advice: "no host \(host) is asked: there is \(hosts.joined(separator: ", "))"
          + (near.isEmpty
            ? "; --host NAME or --hosts FILE asks others" : "; did you mean \(near.joined(separator: ", "))?"))
    }
    throw TargetError(
      code: .unknown, text: text,
      advice: "no interface, container, address set or process has this name"
        + (isNumber ? "; write a process as pid:\(text), a port as :\(text)" : "")
        + (near.isEmpty ? "" : "; did you mean \(near.joined(separator: ", "))?") + Self.unseen(inventory))
  }

  /// Throws if several hosts have an interface of this name. This host's own one was looked for before.
  private static func refuseTwins(ofInterface name: String, _ inventory: Inventory) throws(TargetError) {
    let having = inventory.namespaces.filter { place in
      place.isHost && place.interfaces.contains { $0.name == name }
    }.map { inventory.host(of: $0.id) }
    guard having.count > 1 else { return }
    throw TargetError(
      code: .ambiguous, text: name,
      advice: "\(having.prefix(4).joined(separator: ", "))\(having.count > 4 ? " and more" : "") have this interface; "
        + "say \(having[0]):\(name)")
  }

  /// Which parts of a host could not be read and may hold the name.
  private static func unseen(_ inventory: Inventory) -> String {
    let confinements = inventory.confinements
    let confined = confinements.isEmpty ? "" : " (\(confinements.joined(separator: "; ")))"
    guard !inventory.notes.isEmpty else { return confined }
    let more = inventory.notes.count > 3 ? "; and more" : ""
    return " (headwater could not read everything: \(inventory.notes.prefix(3).joined(separator: "; "))\(more))"
      + confined
  }

  /// The target, if the text's form alone determines it; nil for a word. Throws `TargetError` if the form is wrong.
  public static func shaped(_ text: String) throws(TargetError) -> Target? {
    func malformed(_ advice: String) -> TargetError { TargetError(code: .malformed, text: text, advice: advice) }
    guard !text.isEmpty else { throw malformed("the target is empty; leave it out to trace the busiest traffic") }
    if text.hasPrefix("pid:") {
      let digits = text.dropFirst(4)
      guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let pid = Int32(digits), pid > 0 else {
        throw malformed("write a process as pid:4711")
      }
      return .pid(pid)
    }
    if text.hasPrefix(":"), !text.hasPrefix("::") {
      guard let port = Port(text.dropFirst()), port.number > 0 else {
        throw malformed("write a port as :443 (1 to 65535)")
      }
      return .port(port.number)
    }
    if text.contains("/") {
      guard let prefix = Prefix(text) else {
        throw malformed("write a prefix as 10.0.0.0/8 or 2001:db8::/32")
      }
      return .prefix(prefix)
    }
    if let address = IPAddress(text) { return .prefix(Prefix(address)) }
    for separator in ["->", "-"] {
      let halves = text.split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard halves.count == 2 else { continue }
      let ends = halves.map(Endpoint.init)
      if let first = ends[0], let second = ends[1] { return .flow(first, second) }
      if ends.contains(where: { $0 != nil }) || halves.contains(where: { IPAddress($0) != nil }) {
        throw malformed("write a flow as two endpoints: 10.0.7.248:40142-10.8.1.3:3129 or [::1]:1-[::1]:2")
      }
    }
    if let endpoint = Endpoint(text) { return .endpoint(endpoint) }
    let dotted = text.split(separator: ".", omittingEmptySubsequences: false)
    let looksNumeric = text.utf8.allSatisfy { (48...58).contains($0) || $0 == UInt8(ascii: ".") }
    if looksNumeric, dotted.count > 1 || text.contains(":") {
      throw malformed("this is neither an address nor address:port; IPv4 has four numbers from 0 to 255")
    }
    let isHexadecimal = text.utf8.allSatisfy { Self.isHexadecimal($0) || $0 == UInt8(ascii: ":") }
    if text.hasPrefix("[") || text.contains("::")
      || (isHexadecimal && dotted.count == 1 && text.utf8.filter { $0 == 58 }.count > 1)
    {
      throw malformed("an IPv6 endpoint is written [2001:db8::1]:443, an IPv6 address without brackets")
    }
    return nil
  }

  /// A DNS name with at least two labels, normalised like the flows' names; nil for any other word.
  ///
  /// A word without a dot is more likely a mistyped process or container.
  private static func siteName(_ text: String) -> String? {
    let labels = (text.hasSuffix(".") ? text.dropLast() : text[...]).lowercased().split(
      separator: ".", omittingEmptySubsequences: false)
    // RFC 1035, section 2.3.4; names of services have underscores.
    guard labels.count > 1, text.utf8.count <= 254 else { return nil }
    let isName = labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
        && label.utf8.allSatisfy { byte in
          (48...57).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 95
        }
    }
    guard isName, labels.last?.utf8.contains(where: { (97...122).contains($0) }) == true else { return nil }
    return labels.joined(separator: ".")
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (97...102).contains(byte)
  }

  /// Up to three known words within the edit distance of a typing mistake.
  public static func nearest(to text: String, among words: [String]) -> [String] {
    let scored = Set(words).map {
      (word: $0, distance: distance(Array(text.utf8.prefix(64)), Array($0.utf8.prefix(64))))
    }
    let limit = max(1, text.utf8.count / 3)
    return scored.filter { $0.distance <= limit }.sorted { ($0.distance, $0.word) < ($1.distance, $1.word) }
      .prefix(3).map(\.word)
  }

  /// The edit distance of Levenshtein, where exchanging two neighbouring letters (the most common typing mistake)
  /// counts as one edit.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var before: [Int] = []
    var above = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var row = [i + 1]
      for (j, b) in right.enumerated() {
        var least = min(above[j + 1] + 1, row[j] + 1, above[j] + (a == b ? 0 : 1))
        if i > 0, j > 0, a == right[j - 1], left[i - 1] == b { least = min(least, before[j - 1] + 1) }
        row.append(least)
      }
      (before, above) = (above, row)
    }
    return above[right.count]
  }
}
