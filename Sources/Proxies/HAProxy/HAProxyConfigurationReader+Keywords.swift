internal import Programs

extension HAProxyConfigurationReader {
  /// Reads a line inside a section.
  mutating func keyword(_ first: String, _ words: [String]) {
    switch current {
    case .global: global(first, words)
    case .section(var section):
      // Removed while it changes, so that its arrays are not copied for every line.
      current = .none
      proxy(first, words, in: &section)
      current = .section(section)
    case .none: complain("\(first) outside of a section")
    case .other: break
    }
  }

  private mutating func global(_ first: String, _ words: [String]) {
    switch first {
    case "chroot": configuration.chroot = words.count > 1 ? words[1] : nil
    case "unix-bind":
      if let at = words.firstIndex(of: "prefix"), at + 1 < words.count { unixPrefix = words[at + 1] }
    case "setenv" where words.count > 2: lines.environment[words[1]] = words[2]
    case "presetenv" where words.count > 2:
      if lines.environment[words[1]] == nil { lines.environment[words[1]] = words[2] }
    case "unsetenv": for name in words.dropFirst() { lines.environment[name] = nil }
    case "resetenv": lines.environment = lines.environment.filter { words.dropFirst().contains($0.key) }
    case "stats" where words.count > 1 && words[1] == "socket":
      guard words.count > 2, let address = HAProxyAddress(words[2]) else { return complain("stats socket where?") }
      configuration.statsSockets.append(
        HAProxyStatsSocket(
          address: prefixed(address), parameters: Array(words.dropFirst(3)), place: place, isConditional: depth > 0))
    default: break
    }
  }

  private mutating func proxy(_ first: String, _ words: [String], in section: inout HAProxySection) {
    switch first {
    case "bind":
      guard words.count > 1 else { return complain("bind where?") }
      bind(words[1], Array(words.dropFirst(2)), in: &section)
    case "server", "server-template": server(first, words, in: &section)
    case "default-server": section.serverDefaults += words.dropFirst()
    case "mode":
      if words.count > 1 { section.mode = words[1] } else { complain("mode without a word") }
    case "source": section.source = source(words[...])
    case "default_backend":
      guard words.count > 1 else { return complain("default_backend which?") }
      // The last one counts; between .if and .endif any of them may.
      if depth == 0 { section.routes.removeAll { $0.isDefault } }
      section.routes.append(route(words, isDefault: true))
    case "use_backend":
      guard words.count > 1 else { return complain("use_backend which?") }
      section.routes.append(route(words, isDefault: false))
    case "use-server":
      guard words.count > 1 else { return complain("use-server which?") }
      section.useServers.append(route(words, isDefault: false))
    default: break
    }
  }

  private func route(_ words: [String], isDefault: Bool) -> HAProxyRoute {
    let condition = words.dropFirst(2).joined(separator: " ")
    return HAProxyRoute(
      target: words[1], condition: condition.isEmpty ? nil : condition, isDefault: isDefault, place: place,
      isConditional: depth > 0)
  }

  mutating func bind(_ addresses: String, _ parameters: [String], in section: inout HAProxySection) {
    guard let list = HAProxyAddress.list(addresses) else { return complain("not an address: \(addresses)") }
    for address in list {
      section.binds.append(
        HAProxyBind(
          address: prefixed(address), place: place, parameters: parameters, isConditional: depth > 0))
    }
  }

  private mutating func server(_ first: String, _ words: [String], in section: inout HAProxySection) {
    let isTemplate = first == "server-template"
    guard words.count > (isTemplate ? 3 : 2) else { return complain("\(first) without an address") }
    guard let address = HAProxyAddress(words[isTemplate ? 3 : 2]) else {
      return complain("not an address: \(words[isTemplate ? 3 : 2])")
    }
    let parameters = section.serverDefaults + words.dropFirst(isTemplate ? 4 : 3)
    var server = HAProxyServer(
      name: words[1], address: address, place: place, parameters: parameters, isConditional: depth > 0)
    if isTemplate {
      let ends = words[2].split(separator: "-").compactMap { Int($0) }
      guard let last = ends.last, let first = ends.count == 2 ? ends.first : 1, first >= 0, first <= last else {
        return complain("not a number of servers: \(words[2])")
      }
      server.template = first...last
    }
    if let at = parameters.lastIndex(of: "source") { server.source = source(parameters[at...]) }
    section.servers.append(server)
  }

  /// - Parameter words: the words from `source` on.
  private mutating func source(_ words: ArraySlice<String>) -> HAProxySource? {
    let words = Array(words)
    guard words.count > 1 else {
      complain("source without an address")
      return nil
    }
    let usesrc = words.count > 3 && words[2] == "usesrc" ? words[3] : nil
    return HAProxySource(address: words[1], usesrc: usesrc, place: place)
  }

  private func prefixed(_ address: HAProxyAddress) -> HAProxyAddress {
    guard case .unix(let path) = address.host, !unixPrefix.isEmpty else { return address }
    var address = address
    address.host = .unix(unixPrefix + path)
    return address
  }
}

extension HAProxyStatsSocket {
  init(address: HAProxyAddress, parameters: [String], place: ConfigurationLine?, isConditional: Bool = false) {
    func value(_ key: String) -> String? {
      guard let at = parameters.lastIndex(of: key), at + 1 < parameters.count else { return nil }
      return parameters[at + 1]
    }
    self.init(
      address: address, level: value("level").flatMap(Level.init) ?? .operator_, mode: value("mode"), place: place,
      isConditional: isConditional)
  }
}
