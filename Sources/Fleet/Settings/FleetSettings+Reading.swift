internal import Flows

extension FleetSettings {
  /// Reads the text of a settings file (YAML 1.1).
  ///
  /// - Parameter file: its path in errors and notes.
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
      case "places": places = try reader.paths(node)
      case "watch": watch = Result { () throws(SettingsError) in try reader.watch(node) }
      default: reader.note(key, "hosts, sets, places and watch")
      }
    }
    notes = reader.notes
  }
}

/// Reads the YAML of a settings file. Every error has the line and says what to write.
private struct SettingsReader {
  let file: String
  var notes: [String] = []

  struct Key {
    let text: String
    let line: Int?
  }

  init(file: String) { self.file = file }

  private func error(_ node: YAMLNode?, _ problem: String) -> SettingsError {
    SettingsError(.malformed, file, line: node?.line, problem)
  }

  mutating func note(_ key: Key, _ known: String) {
    guard notes.count < 100 else { return }
    let place = key.line.map { "\(file):\($0)" } ?? file
    notes.append("\(place): unknown key \(key.text) ignored; known keys are \(known)")
  }

  /// The root node; nil if the file has only comments.
  func root(_ content: [UInt8]) throws(SettingsError) -> YAMLNode? {
    guard String(validating: content, as: UTF8.self) != nil, !content.contains(0) else {
      throw error(nil, "it is not UTF-8 text")
    }
    do throws(YAMLNode.Problem) {
      return try YAMLNode.document(content).flatMap { $0.isNothing ? nil : $0 }
    } catch {
      throw SettingsError(.malformed, file, line: error.line, "not YAML that settings can be: \(error.text)")
    }
  }

  func pairs(_ node: YAMLNode, _ name: String, _ example: String) throws(SettingsError) -> [(Key, YAMLNode)] {
    if node.isNothing { return [] }
    guard case .mapping(let mapping) = node.content else {
      throw error(node, "\(name): expected keys with values, found \(node.kind); write for example \(example)")
    }
    var pairs: [(Key, YAMLNode)] = []
    var seen: Set<String> = []
    for (key, value) in mapping {
      guard case .text(let text, _) = key.content else { throw error(key, "\(name): a key must be a word") }
      guard seen.insert(text).inserted else { throw error(key, "\(name): \(text) is given twice") }
      pairs.append((Key(text: text, line: key.line), value))
    }
    return pairs
  }

  func items(_ node: YAMLNode, _ name: String, _ example: String) throws(SettingsError) -> [YAMLNode] {
    if node.isNothing { return [] }
    guard case .list(let items) = node.content else {
      throw error(node, "\(name): expected a list, found \(node.kind); write for example \(example)")
    }
    return items
  }

  func text(_ node: YAMLNode, _ name: String, _ example: String) throws(SettingsError) -> String {
    guard case .text(let text, _) = node.content, !node.isNothing else {
      throw error(node, "\(name): expected a word, found \(node.kind); write for example \(example)")
    }
    return text
  }

  mutating func host(_ node: YAMLNode, _ known: [HostSpecification]) throws(SettingsError) -> HostSpecification {
    var name: String?
    var ssh: (node: YAMLNode, text: String)?
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
    guard let name = name ?? ssh?.text else { throw error(node, "this host has no name; write  - name: s750") }
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

  private func options(_ node: YAMLNode) throws(SettingsError) -> SSHOptions {
    let example = #"ssh_options: ["-p", "2222"]"#
    var words: [String] = []
    for item in try items(node, "ssh_options", example) { words.append(try text(item, "ssh_options", example)) }
    do throws(SSHArgumentError) { return try SSHOptions(words) } catch {
      throw self.error(node, "ssh_options: \(error)")
    }
  }

  private func mapping(_ node: YAMLNode) throws(SettingsError) -> [IPAddress: IPAddress] {
    let example = #"public_addresses: { "203.0.113.10": "10.12.32.13" }"#
    var addresses: [IPAddress: IPAddress] = [:]
    for (key, value) in try pairs(node, "public_addresses", example) {
      let own = try text(value, "public_addresses", example)
      guard let outside = IPAddress(key.text), let inside = IPAddress(own) else {
        throw error(
          value, "public_addresses: \(key.text): \(own) is not a pair of addresses; write for example \(example)")
      }
      addresses[outside] = inside
    }
    return addresses
  }

  func watch(_ node: YAMLNode) throws(SettingsError) -> WatchSettings {
    var settings = WatchSettings()
    for (key, value) in try pairs(node, "watch", "store: /var/lib/headwater") {
      switch key.text {
      case "store":
        let path = try text(value, "store", "store: /var/lib/headwater")
        guard path.hasPrefix("/") else {
          throw error(
            value, "watch: store: \(path) is not an absolute path; write for example store: /var/lib/headwater")
        }
        settings.store = path
      case "keep":
        for (key, value) in try pairs(value, "keep", "keep: { size: 512M, days: 30 }") {
          let word = try text(value, "keep", "keep: { size: 512M, days: 30 }")
          switch key.text {
          case "size":
            guard let bytes = WatchSettings.bytes(word) else {
              throw error(value, "watch: keep: \(word) is no size of at least 1M; write for example size: 512M")
            }
            settings.bytes = bytes
          case "days":
            guard let days = Int(word), (1...3660).contains(days) else {
              throw error(value, "watch: keep: \(word) is no number of days; write for example days: 30")
            }
            settings.days = days
          default: throw unknown(key, "watch: keep", "size and days")
          }
        }
      default: throw unknown(key, "watch", "store and keep")
      }
    }
    return settings
  }

  private func unknown(_ key: Key, _ place: String, _ known: String) -> SettingsError {
    SettingsError(.malformed, file, line: key.line, "\(place): unknown key \(key.text); known keys are \(known)")
  }

  func paths(_ node: YAMLNode) throws(SettingsError) -> [String] {
    let example = "places: [/usr/share/GeoIP/GeoLite2-City.mmdb]"
    // A single file is accepted as a list of one.
    var nodes = [node]
    if case .list(let items) = node.content { nodes = items }
    var paths: [String] = []
    for item in nodes where !item.isNothing {
      let path = try text(item, "places", example)
      guard path.hasPrefix("/") else {
        throw error(item, "places: \(path) is not an absolute path; write for example \(example)")
      }
      paths.append(path)
    }
    return paths
  }

  func prefixes(_ node: YAMLNode, _ name: String) throws(SettingsError) -> [Prefix] {
    let example = "\(name): [198.51.100.0/24]"
    // A single prefix is accepted as a list of one.
    var nodes = [node]
    if case .list(let items) = node.content { nodes = items }
    var prefixes: [Prefix] = []
    for item in nodes where !item.isNothing {
      let text = try text(item, "sets: \(name)", example)
      guard let prefix = Prefix(text) else {
        throw error(item, "sets: \(name): \(text) is not an address or prefix; write for example \(example)")
      }
      prefixes.append(prefix)
    }
    return prefixes
  }
}
