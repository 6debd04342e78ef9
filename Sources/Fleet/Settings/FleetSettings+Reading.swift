internal import Flows
internal import Yams

extension FleetSettings {
  /// Reads the text of a settings file (YAML 1.1).
  ///
  /// - Parameter file: what errors and notes call it.
  public init(parsing content: [UInt8], file: String) throws(SettingsError) {
    self.init()
    var reader = SettingsReader(file: file)
    guard let root = try reader.root(content) else { return }
    for (key, node) in try reader.pairs(root, "the settings", "hosts: and sets:") {
      switch key.text {
      case "hosts":
        for item in try reader.items(node, "hosts", "- name: s750") { hosts.append(try reader.host(item, hosts)) }
      case "sets":
        for (name, node) in try reader.pairs(node, "sets", "office: [198.51.100.0/24]") {
          sets[name.text] = try reader.prefixes(node, name.text)
        }
      default: reader.note(key, "hosts and sets")
      }
    }
    notes = reader.notes
  }
}

/// Walks through the YAML of a settings file; every error says the line and what to write.
private struct SettingsReader {
  let file: String
  var notes: [String] = []

  struct Key {
    let text: String
    let line: Int?
  }

  init(file: String) { self.file = file }

  private func error(_ node: Node?, _ problem: String) -> SettingsError {
    SettingsError(.malformed, file, line: node?.mark?.line, problem)
  }

  mutating func note(_ key: Key, _ known: String) {
    guard notes.count < 100 else { return }
    let place = key.line.map { "\(file):\($0)" } ?? file
    notes.append("\(place): the key \(key.text) is not known here and is passed over; known are \(known)")
  }

  /// Nil if there is nothing but comments.
  func root(_ content: [UInt8]) throws(SettingsError) -> Node? {
    guard let text = String(validating: content, as: UTF8.self), !content.contains(0) else {
      throw error(nil, "it is not UTF-8 text")
    }
    if let line = SettingsText.tooDeep(text) {
      throw SettingsError(.malformed, file, line: line, "nested deeper than settings ever are")
    }
    do {
      let root = try Yams.compose(yaml: text)
      return root.flatMap { isNothing($0) ? nil : $0 }
    } catch let error as YamlError {
      switch error {
      case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
        .composer(let context, let problem, let mark, _):
        let words = [context?.text, problem].compactMap { $0 }.joined(separator: ": ")
        throw SettingsError(.malformed, file, line: mark.line, "not YAML: \(words)")
      case .duplicatedKeysInMapping(let duplicates, let context):
        let names = duplicates.map { "\($0)" }.joined(separator: ", ")
        throw SettingsError(.malformed, file, line: context.mark.line, "given twice: \(names)")
      default: throw SettingsError(.malformed, file, "not YAML")
      }
    } catch { throw SettingsError(.malformed, file, "not YAML: \(error)") }
  }

  /// Nothing stands behind the colon, or `null`.
  private func isNothing(_ node: Node) -> Bool {
    guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }

  func pairs(_ node: Node, _ name: String, _ example: String) throws(SettingsError) -> [(Key, Node)] {
    if isNothing(node) { return [] }
    guard case .mapping(let mapping) = node else {
      throw error(node, "\(name): expected keys with values, found \(kind(node)); write for example \(example)")
    }
    var pairs: [(Key, Node)] = []
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key else { throw error(key, "\(name): a key must be a word") }
      pairs.append((Key(text: scalar.string, line: scalar.mark?.line), value))
    }
    return pairs
  }

  func items(_ node: Node, _ name: String, _ example: String) throws(SettingsError) -> [Node] {
    if isNothing(node) { return [] }
    guard case .sequence(let sequence) = node else {
      throw error(node, "\(name): expected a list, found \(kind(node)); write for example \(example)")
    }
    return Array(sequence)
  }

  func text(_ node: Node, _ name: String, _ example: String) throws(SettingsError) -> String {
    guard case .scalar(let scalar) = node, !isNothing(node) else {
      throw error(node, "\(name): expected a word, found \(kind(node)); write for example \(example)")
    }
    return scalar.string
  }

  private func kind(_ node: Node) -> String {
    switch node {
    case .scalar: isNothing(node) ? "nothing" : "a word"
    case .mapping: "keys with values"
    case .sequence: "a list"
    case .alias: "an alias"
    }
  }

  mutating func host(_ node: Node, _ known: [HostSpecification]) throws(SettingsError) -> HostSpecification {
    var name: String?
    var ssh: (node: Node, text: String)?
    var options = SSHOptions()
    var addresses: [IPAddress: IPAddress] = [:]
    for (key, value) in try pairs(node, "hosts", "- name: s750") {
      switch key.text {
      case "name": name = try text(value, "name", "name: s750")
      case "ssh": ssh = (value, try text(value, "ssh", "ssh: root@10.0.7.248"))
      case "ssh_options": options = try self.options(value)
      case "public_addresses": addresses = try mapping(value)
      default: note(key, "name, ssh, ssh_options and public_addresses")
      }
    }
    guard let name = name ?? ssh?.text else { throw error(node, "a host without a name; write  - name: s750") }
    let problem = HostName.problem(name)
    if let problem { throw error(node, problem) }
    if known.contains(where: { $0.name == name }) { throw error(node, "two hosts are called \(name)") }
    do throws(SSHArgumentError) {
      let destination = try SSHDestination(ssh?.text ?? name)
      return HostSpecification(name: name, destination: destination, options: options, publicAddresses: addresses)
    } catch {
      throw self.error(ssh?.node ?? node, "ssh: \(error); write for example  ssh: root@10.0.7.248")
    }
  }

  private func options(_ node: Node) throws(SettingsError) -> SSHOptions {
    let example = #"ssh_options: ["-p", "2222"]"#
    var words: [String] = []
    for item in try items(node, "ssh_options", example) { words.append(try text(item, "ssh_options", example)) }
    do throws(SSHArgumentError) { return try SSHOptions(words) } catch {
      throw self.error(node, "ssh_options: \(error)")
    }
  }

  private func mapping(_ node: Node) throws(SettingsError) -> [IPAddress: IPAddress] {
    let example = #"public_addresses: { "203.0.113.10": "10.12.32.13" }"#
    var addresses: [IPAddress: IPAddress] = [:]
    for (key, value) in try pairs(node, "public_addresses", example) {
      let own = try text(value, "public_addresses", example)
      guard let outside = IPAddress(key.text), let inside = IPAddress(own) else {
        throw error(
          value, "public_addresses: \(key.text): \(own) is no pair of addresses; write for example \(example)")
      }
      addresses[outside] = inside
    }
    return addresses
  }

  func prefixes(_ node: Node, _ name: String) throws(SettingsError) -> [Prefix] {
    let example = "\(name): [198.51.100.0/24]"
    // One prefix alone is a list of one.
    var nodes = [node]
    if case .sequence(let sequence) = node { nodes = Array(sequence) }
    var prefixes: [Prefix] = []
    for item in nodes where !isNothing(item) {
      let text = try text(item, "sets: \(name)", example)
      guard let prefix = Prefix(text) else {
        throw error(item, "sets: \(name): \(text) is no address or prefix; write for example \(example)")
      }
      prefixes.append(prefix)
    }
    return prefixes
  }
}
