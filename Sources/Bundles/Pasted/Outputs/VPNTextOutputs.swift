internal import Flows
internal import VPNs

/// `wg show` in the form for people. Keys may have been made unreadable before it was pasted.
struct WireGuardShowOutput: PastedOutput {
  private static let order = ["endpoint", "allowed ips", "latest handshake", "transfer", "persistent keepalive"]
  let name = "wg show"
  let isOfHost = false
  let hasParagraphs = true
  let signs: [PastedSign] = [
    .title("an interface or a peer of wg show") { line in
      line.hasPrefix("interface: ") || (line.hasPrefix("peer: ") && line.utf8.count >= 48)
    }
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<RecordedWireGuardDevice>] {
    var result: [(device: RecordedWireGuardDevice, line: Int)] = []
    var peer: (key: WireGuardPublicKey, endpoint: Endpoint?, prefixes: [Prefix], hasHandshake: Bool, line: Int)?
    // The place of the peer's last line in the order of lines.
    var rank = 0
    func finish() {
      guard let found = peer else { return }
      peer = nil
      if result.isEmpty { result.append((RecordedWireGuardDevice(device: WireGuardDevice(name: "wg0")), found.line)) }
      result[result.count - 1].device.device.peers.append(
        WireGuardPeer(
          publicKey: found.key, endpoint: found.endpoint, allowedPrefixes: found.prefixes, lastHandshake: nil,
          receivedBytes: 0, sentBytes: 0, persistentKeepalive: nil))
      result[result.count - 1].device.lines[found.key] = found.line
    }
    func begin(_ key: WireGuardPublicKey?, _ line: Int) {
      finish()
      let number = (result.last?.device.device.peers.count ?? 0) + 1
      peer = (key ?? WireGuardPublicKey(hidden: number), nil, [], false, line)
      rank = 0
    }
    for line in text.lines {
      let trimmed = line.text.drop { $0 == " " || $0 == "\t" }
      guard let colon = trimmed.firstRange(of: ": ") ?? trimmed.firstRange(of: ":") else { continue }
      let (key, value) = (trimmed[..<colon.lowerBound], trimmed[colon.upperBound...])
      // A peer's lines always have this order: one that comes too early belongs to a peer whose first line is missing.
      if let place = Self.order.firstIndex(of: String(key)) {
        if peer == nil || place < rank { begin(nil, line.number) }
        rank = place + 1
      }
      switch key {
      case "interface":
        finish()
        result.append((RecordedWireGuardDevice(device: WireGuardDevice(name: String(value))), line.number))
      // A key that is none was made unreadable.
      case "peer": begin(WireGuardPublicKey(base64: Array(value.utf8)), line.number)
      case "endpoint": peer?.endpoint = PastedWords.endpoint(value, .udp, nil)
      case "allowed ips":
        peer?.prefixes = value.split(separator: ",").compactMap { Prefix(String($0.drop { $0 == " " })) }
      default: break
      }
    }
    finish()
    return result.map { text.evident($0.device, line: $0.line) }
  }
}

/// The clients' addresses in an OpenVPN server's log: `MULTI: Learn: 172.16.248.22 -> tke-node1/10.12.32.13:45369`.
struct OpenVPNLogOutput: PastedOutput {
  let name = "OpenVPN log"
  let isOfHost = false
  let signs: [PastedSign] = [.title("a client's address that the server learned") { learned($0) != nil }]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<RecordedOpenVPNStatus>] {
    let found = text.lines.compactMap { line in Self.learned(line.text).map { (line, $0) } }
    return OpenVPNNames.status(
      found.map { (line: $0.0, address: $0.1.address, name: $0.1.name, real: $0.1.real) }, text, &notes)
  }

  private static func learned(_ text: String) -> (address: String, name: String, real: String)? {
    guard let start = text.firstRange(of: "MULTI: Learn: ") else { return nil }
    let words = PastedWords.split(text[start.upperBound...])
    guard words.count >= 3, words[1] == "->", PastedWords.address(words[0].split(separator: "/").first ?? "") != nil,
      let slash = words[2].lastIndex(of: "/")
    else { return nil }
    return (String(words[0]), String(words[2][..<slash]), String(words[2][words[2].index(after: slash)...]))
  }
}

/// `ipp.txt` of an OpenVPN server: the address that each name gets. It does not show who is connected.
struct OpenVPNPoolOutput: PastedOutput {
  let name = "OpenVPN ipp.txt"
  let isOfHost = false
  let signs: [PastedSign] = [.fileName { $0 == "ipp.txt" || $0.hasSuffix("-ipp.txt") }]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<RecordedOpenVPNStatus>] {
    let found = text.lines.compactMap { line -> (PastedText.Line, String, String, String)? in
      let parts = line.text.split(separator: ",")
      guard parts.count >= 2, PastedWords.address(parts[1]) != nil else { return nil }
      return (line, String(parts[1]), String(parts[0]), "")
    }
    if !found.isEmpty {
      notes.append(
        "\(text.file) says which address a client is given, not whether it is connected: collect OpenVPN's status file")
    }
    return OpenVPNNames.status(
      found.map { (line: $0.0, address: $0.1, name: $0.2, real: $0.3) }, text, &notes)
  }
}

/// Builds a status from names of clients that are known without a status file.
enum OpenVPNNames {
  static func status(
    _ clients: [(line: PastedText.Line, address: String, name: String, real: String)], _ text: PastedSample,
    _ notes: inout [String]
  ) -> [Evident<RecordedOpenVPNStatus>] {
    guard let first = clients.first else { return [] }
    var content = "OpenVPN CLIENT LIST\nUpdated,\nCommon Name,Real Address,Bytes Received,Bytes Sent,Connected Since\n"
    for client in clients { content += "\(client.name),\(client.real),0,0,\n" }
    content += "ROUTING TABLE\nVirtual Address,Common Name,Real Address,Last Ref\n"
    for client in clients { content += "\(client.address),\(client.name),\(client.real),\n" }
    content += "GLOBAL STATS\nMax bcast/mcast queue length,0\nEND\n"
    do throws(OpenVPNError) {
      let status = try OpenVPNStatus(parsing: Array(content.utf8))
      let lines = clients.map { (number: $0.line.number, text: "\($0.address),\($0.name),\($0.real)") }
      return [
        text.evident(RecordedOpenVPNStatus(status, name: text.name, lines: lines), line: first.line.number)
      ]
    } catch {
      notes.append("\(text.file): \(error)")
      return []
    }
  }
}

/// `conntrack -L -o xml`
struct ConntrackXMLOutput: PastedOutput {
  let name = "conntrack -o xml"
  let isOfHost = false
  let hasParagraphs = true
  let signs: [PastedSign] = [
    .title("a flow in XML") { $0.contains("<conntrack>") || $0.contains("<flow>") || $0.contains("<flow ") }
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<TrackedConnection>] {
    var result: [Evident<TrackedConnection>] = []
    var flow = ""
    var start = 0
    for line in text.lines {
      for piece in line.text.split(separator: "<") {
        if piece.hasPrefix("flow") { (flow, start) = ("", line.number) }
        if piece.hasPrefix("/flow"), let found = Self.connection(flow, start) {
          result.append(text.evident(found, line: start))
        }
        flow += "<" + piece
      }
    }
    return result
  }

  /// The same connection in the form of `conntrack -L`.
  private static func connection(_ xml: String, _ line: Int) -> TrackedConnection? {
    var words: [String] = []
    var transport: (String, String)?
    for piece in xml.split(separator: "<") {
      guard let end = piece.firstIndex(of: ">") else { continue }
      let (tag, value) = (piece[..<end], piece[piece.index(after: end)...])
      if tag.hasPrefix("layer4"), transport == nil {
        let number = tag.firstRange(of: "protonum=\"").map { tag[$0.upperBound...].prefix { $0 != "\"" } } ?? ""
        let name = tag.firstRange(of: "protoname=\"").map { tag[$0.upperBound...].prefix { $0 != "\"" } } ?? "unknown"
        transport = (String(name), String(number))
      }
      if ["src", "dst", "sport", "dport", "packets", "bytes", "id", "zone"].contains(tag), !value.isEmpty {
        words.append("\(tag)=\(value)")
      }
    }
    guard let transport else { return nil }
    return TrackedConnection("\(transport.0) \(transport.1) 0 \(words.joined(separator: " "))", line: line)
  }
}
