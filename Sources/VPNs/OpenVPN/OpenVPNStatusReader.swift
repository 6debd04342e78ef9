internal import Flows

/// Reads a status line by line. The headers give the meaning of the columns.
struct OpenVPNStatusReader {
  private enum Section { case title, clients, routes, global, end }

  /// The file's own time; nil for an answer over a connection.
  let modified: Double?
  private var section = Section.title
  /// Version 1: the offset of the server's local time from UTC. The file was written when the server read its clock.
  private var zone: Double?
  private var clientColumns: [String: Int] = [:]
  private var clientWidth = 0
  private var routeColumns: [String: Int] = [:]
  private var routeWidth = 0
  private var torn = false

  init(modified: Double?) { self.modified = modified }

  mutating func read(_ content: [UInt8]) throws(OpenVPNError) -> OpenVPNStatus {
    let lines = content.split(separator: UInt8(ascii: "\n")).map { $0.last == 13 ? $0.dropLast() : $0 }
      .filter { !$0.isEmpty }
    let operation = "read a status of OpenVPN"
    guard let first = lines.first else { throw OpenVPNError(.absent, operation, cause: "it is empty") }
    var status: OpenVPNStatus
    switch true {
    case first.elementsEqual("OpenVPN CLIENT LIST".utf8): status = OpenVPNStatus(version: 1)
    case first.starts(with: "TITLE,".utf8): status = OpenVPNStatus(version: 2)
    case first.starts(with: "TITLE\t".utf8): status = OpenVPNStatus(version: 3)
    case first.elementsEqual("OpenVPN STATISTICS".utf8):
      throw OpenVPNError(.unsupported, operation, cause: "it has a client's statistics; it is not a server's status")
    default: throw OpenVPNError(.malformed, operation, cause: "it does not begin like an OpenVPN status")
    }
    if status.version == 1 {
      status.written = modified
      setColumns(1)
      for line in lines.dropFirst() { plain(fields(line, ","), &status) }
    } else {
      let separator: Character = status.version == 2 ? "," : "\t"
      for line in lines { marked(fields(line, separator), &status) }
    }
    status.isComplete = section == .end && !torn
    return status
  }

  private func fields(_ line: ArraySlice<UInt8>, _ separator: Character) -> [String] {
    line.split(separator: separator.asciiValue ?? 0, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  // MARK: Version 1

  private mutating func setColumns(_ version: Int) {
    let clients = ["Common Name", "Real Address", "Bytes Received", "Bytes Sent", "Connected Since"]
    let routes = ["Virtual Address", "Common Name", "Real Address", "Last Ref"]
    for (index, name) in clients.enumerated() { clientColumns[name] = index }
    for (index, name) in routes.enumerated() { routeColumns[name] = index }
    clientWidth = clients.count
    routeWidth = routes.count
  }

  private mutating func plain(_ fields: [String], _ status: inout OpenVPNStatus) {
    switch fields.count == 1 ? fields[0] : "" {
    case "ROUTING TABLE": enter(.routes)
    case "GLOBAL STATS": enter(.global)
    case "END": enter(.end)
    default:
      switch section {
      case .title where fields[0] == "Updated" && fields.count == 2:
        guard let local = OpenVPNTime.local(fields[1]) else { break }
        // Of recorded ones only which is newer matters; their servers' zone is not known.
        if status.written == nil { status.written = local }
        if let modified {
          // Zones are quarters of an hour; the rest is the time that writing took.
          let offset = ((local - modified) / 900).rounded() * 900
          if abs(local - modified - offset) < 120, abs(offset) <= 14 * 3600 { zone = offset }
        }
      case .title where fields.count == clientWidth && fields[1] == "Real Address": enter(.clients)
      case .clients: client(fields, &status)
      case .routes where fields.count == routeWidth && fields[2] == "Real Address": break
      case .routes: route(fields, &status)
      case .global: break
      default: torn = true
      }
    }
  }

  // MARK: Versions 2 and 3

  private mutating func marked(_ fields: [String], _ status: inout OpenVPNStatus) {
    switch fields[0] {
    case "TITLE" where status.program == nil: status.program = fields.dropFirst().joined(separator: ",")
    case "TIME" where fields.count > 2: status.written = fields.last.flatMap { Double($0) }.flatMap(Self.epoch)
    case "HEADER" where fields.count > 2 && fields[1] == "CLIENT_LIST":
      enter(.clients)
      clientWidth = fields.count - 2
      clientColumns = Self.columns(fields.dropFirst(2))
    case "HEADER" where fields.count > 2 && fields[1] == "ROUTING_TABLE":
      enter(.routes)
      routeWidth = fields.count - 2
      routeColumns = Self.columns(fields.dropFirst(2))
    case "CLIENT_LIST" where section == .clients: client(Array(fields.dropFirst()), &status)
    case "ROUTING_TABLE" where section == .routes: route(Array(fields.dropFirst()), &status)
    case "GLOBAL_STATS": if section != .global { enter(.global) }
    case "END" where fields.count == 1: enter(.end)
    // Some builds print truncated packets after the end.
    case "ERRORS" where section == .end: break
    case "HEADER" where section == .end && fields.dropFirst().first == "ERRORS": break
    default: torn = true
    }
  }

  private static func columns(_ names: ArraySlice<String>) -> [String: Int] {
    var columns: [String: Int] = [:]
    for (index, name) in names.enumerated() where columns[name] == nil { columns[name] = index }
    return columns
  }

  // MARK: Rows

  /// Sections come in a fixed order; any other order means that the end of an old text follows the start of a new one.
  private mutating func enter(_ next: Section) {
    let order: [Section] = [.title, .clients, .routes, .global, .end]
    if let now = order.firstIndex(of: section), let then = order.firstIndex(of: next), then > now {
      section = next
    } else {
      torn = true
    }
  }

  private mutating func client(_ fields: [String], _ status: inout OpenVPNStatus) {
    guard let row = Row(fields, clientColumns, width: clientWidth) else { torn = true; return }
    var client = OpenVPNStatus.Client(commonName: Self.name(row["Common Name"]), peer: row.peer)
    client.bytesReceived = row["Bytes Received"].flatMap { UInt64($0) }
    client.bytesSent = row["Bytes Sent"].flatMap { UInt64($0) }
    if client.bytesReceived == nil || client.bytesSent == nil { torn = true }
    client.addresses = ["Virtual Address", "Virtual IPv6 Address"].compactMap { row[$0].flatMap { IPAddress($0) } }
    client.user = Self.name(row["Username"])
    if let epoch = row["Connected Since (time_t)"] {
      client.connectedSince = Double(epoch).flatMap(Self.epoch)
    } else if let zone, let local = row["Connected Since"].flatMap(OpenVPNTime.local) {
      client.connectedSince = local - zone
    }
    status.clients.append(client)
  }

  private mutating func route(_ fields: [String], _ status: inout OpenVPNStatus) {
    guard let row = Row(fields, routeColumns, width: routeWidth), let text = row["Virtual Address"],
      let (destination, isCached) = Self.destination(text)
    else { torn = true; return }
    status.routes.append(
      .init(
        destination: destination, isCached: isCached, commonName: Self.name(row["Common Name"]), peer: row.peer))
  }

  /// Reads `10.8.0.6`, `10.99.0.0/16`, `aa:bb:cc:dd:ee:ff@0`; a capital C at the end marks a cached route.
  private static func destination(_ text: String) -> (OpenVPNStatus.Route.Destination, Bool)? {
    let isCached = text.hasSuffix("C")
    let word = isCached ? String(text.dropLast()) : text
    if let prefix = Prefix(word) { return (.prefix(prefix), isCached) }
    let octets = word.prefix { $0 != "@" }.split(separator: ":", omittingEmptySubsequences: false)
    guard octets.count == 6, octets.allSatisfy({ $0.utf8.count == 2 && UInt8($0, radix: 16) != nil }) else {
      return nil
    }
    return (.hardware(word), isCached)
  }

  private static func name(_ text: String?) -> String? { text == "UNDEF" || text == "" ? nil : text }
  /// The time if it is before the year 10000; else nil.
  private static func epoch(_ seconds: Double) -> Double? { (1..<253_402_300_800).contains(seconds) ? seconds : nil }

  /// A row by the names of its columns. Nothing is escaped: separators in the common name or in the user's name make
  /// more fields than columns. They are joined again where that puts the address into its column.
  private struct Row {
    private var fields: [String]
    private let columns: [String: Int]
    let peer: OpenVPNPeer?

    init?(_ given: [String], _ columns: [String: Int], width: Int) {
      let extra = given.count - width
      guard extra >= 0, extra <= 16, width > 0, let real = columns["Real Address"], real < width else { return nil }
      self.columns = columns
      for inName in (0...extra).reversed() {
        var fields = given
        if let user = columns["Username"], inName < extra {
          Self.join(&fields, at: user + inName, extra: extra - inName)
        }
        if let name = columns["Common Name"], inName > 0 { Self.join(&fields, at: name, extra: inName) }
        guard fields.count == width, let peer = OpenVPNPeer(fields[real]) else { continue }
        self.fields = fields
        self.peer = peer
        return
      }
      return nil
    }

    private static func join(_ fields: inout [String], at index: Int, extra: Int) {
      guard index + extra < fields.count else { return }
      fields[index...index + extra] = [fields[index...index + extra].joined(separator: ",")]
    }

    subscript(name: String) -> String? { columns[name].flatMap { $0 < fields.count ? fields[$0] : nil } }
  }
}
