internal import AccessLogs
internal import Clues
internal import Flows

extension PastedEvidence {
  /// Reads the files of a host that are not our own records.
  init(_ files: [HostFolder.File]) {
    for file in files { read(file) }
  }

  private static let configurations = [".cfg", ".conf", ".ovpn", ".json"]

  private mutating func read(_ file: HostFolder.File) {
    if let capture = RecordedCapture(file) {
      captures.append(capture)
      notes += capture.notes
      recognised.append((EvidenceLine(file: file.path, line: 0), .capture))
      return
    }
    let text = PastedText(
      file.content, hasPrompts: !file.isCopy && !Self.configurations.contains(where: file.name.hasSuffix))
    if text.isCut { notes.append("\(file.path) has too many lines: the rest is left out") }
    for part in text.parts {
      promptHost = promptHost ?? part.host
      guard !part.lines.allSatisfy({ $0.text.allSatisfy { $0 == " " } }) else { continue }
      let place = part.command?.place.map(EvidencePlace.init) ?? file.place
      let shown = Self.shownFile(part.command) ?? file.name
      guard let found = PastedText.kind(of: part.lines, named: shown) else {
        if Self.isAccessLog(part) {
          let first = part.lines.first?.number ?? 1
          accessLogs[place, default: [:]][shown] = Evident(
            value: part.content, source: EvidenceLine(file: file.path, line: first))
          continue
        }
        // An unknown file is said; an unknown command of a session is none of our business.
        if part.command == nil, !file.isCopy { notes.append("\(file.path) was not recognised") }
        continue
      }
      recognised.append((EvidenceLine(file: file.path, line: found.line), found.kind))
      take(part, found.kind, place, file, shown)
    }
  }

  /// The file that `cat` shows.
  private static func shownFile(_ command: PastedCommand?) -> String? {
    guard let command, command.showsFile, let last = command.words.last, last.hasPrefix("/") else { return nil }
    return last
  }

  /// Most of the first lines are requests.
  private static func isAccessLog(_ part: PastedText.Part) -> Bool {
    let lines = part.lines.prefix(20).filter { !$0.text.isEmpty }
    let requests = lines.filter { (try? LogLine(Array($0.text.utf8))) != nil }
    return !requests.isEmpty && requests.count * 2 > lines.count
  }

  private mutating func take(
    _ part: PastedText.Part, _ kind: PastedKind, _ place: EvidencePlace, _ file: HostFolder.File, _ shown: String
  ) {
    let lines = part.lines
    func evident<Value>(_ values: [Value], _ line: (Value) -> Int) -> [Evident<Value>] {
      values.map { Evident(value: $0, source: EvidenceLine(file: file.path, line: line($0))) }
    }
    let first = lines.first { !$0.text.isEmpty }?.number ?? 1
    switch kind {
    case .conntrack: tracked[place, default: []] += evident(TrackedConnection.list(lines)) { $0.line }
    case .ss:
      let isUDP = part.command?.words.contains { $0.hasPrefix("-") && $0.contains("u") && !$0.contains("t") } ?? false
      let found = ListedSocket.ss(lines, transport: isUDP ? .udp : .tcp, services: .host)
      sockets[place, default: []] += evident(found) { $0.line }
    case .netstat:
      sockets[place, default: []] += evident(ListedSocket.netstat(lines, services: .host)) { $0.line }
    case .lsof: sockets[place, default: []] += evident(ListedSocket.lsof(lines, services: .host)) { $0.line }
    case .interfaces: interfaces[place, default: []] += evident(ListedInterface.list(lines)) { $0.line }
    case .interfacesJSON:
      let found = ListedInterface.list(parsingJSON: part.content, line: first) ?? []
      interfaces[place, default: []] += evident(found) { $0.line }
    case .routes: routes[place, default: []] += evident(ListedRoute.list(lines)) { $0.line }
    case .routesJSON:
      routes[place, default: []] += evident(ListedRoute.list(parsingJSON: part.content, line: first) ?? []) { $0.line }
    case .nethogs: nethogs += evident(NethogsLine.list(lines)) { $0.line }
    case .wireGuard: wireGuard[place, default: []] += evident(WireGuardDump.list(lines)) { _ in first }
    case .containers:
      take(DockerContainer.inspections(parsing: part.content), lines, file.path, first)
    case .networks: networks += evident(DockerNetwork.inspections(parsing: part.content)) { _ in first }
    case .openVPNStatus:
      let content = Array(lines.map { $0.text + "\n" }.joined().utf8)
      do throws(OpenVPNError) {
        let name = file.isCopy || shown != file.name ? shown : file.path
        statuses.append(
          Status(
            place: place, status: try OpenVPNStatus(parsing: Self.fromTitle(content)), file: file.path, name: name,
            lines: lines))
      } catch {
        if error.code != .unsupported { notes.append("\(file.path): \(error)") }
      }
    case .wireGuardConfiguration: peerNames.add(configuration: part.content, file: file.path)
    case .haproxySessions:
      let content = Array(lines.map { $0.text + "\n" }.joined().utf8)
      var numbers: [Substring: Int] = [:]
      for line in lines where line.text.hasPrefix("0x") { numbers[line.text.prefix { $0 != ":" }] = line.number }
      let found = evident(HAProxySession.list(parsing: content)) { numbers[$0.streamID[...]] ?? first }
      sessions[place, default: []] += found
      note(ownEndsOf: found, lines, file.path)
    case .haproxyConfiguration:
      haproxy[place, default: []].append((file.isCopy || shown != file.name ? shown : file.path, part.content))
    case .nginxConfiguration: takeNginx(part, place, shown)
    case .openVPNConfiguration, .capture: break
    }
  }

  /// A status that was pasted may have other lines in front.
  private static func fromTitle(_ content: [UInt8]) -> [UInt8] {
    let lines = content.split(separator: 10, omittingEmptySubsequences: false)
    let start = lines.firstIndex { line in
      ["OpenVPN CLIENT LIST", "TITLE,", "TITLE\t"].contains { line.starts(with: $0.utf8) }
    }
    return Array(lines[(start ?? 0)...].joined(separator: [10]))
  }

  /// `nginx -T` prints each file behind a line with its name.
  private mutating func takeNginx(_ part: PastedText.Part, _ place: EvidencePlace, _ shown: String) {
    let title = "# configuration file "
    var current = shown.hasPrefix("/") ? shown : "/etc/nginx/\(shown.split(separator: "/").last ?? "nginx.conf")"
    var text: [String: [UInt8]] = [:]
    for line in part.lines {
      if line.text.hasPrefix(title) {
        current = String(line.text.dropFirst(title.count).prefix { $0 != ":" })
      } else {
        text[current, default: []] += Array(line.text.utf8) + [10]
      }
    }
    nginx[place, default: [:]].merge(text) { first, _ in first }
  }
}
