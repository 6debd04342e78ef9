internal import Flows
internal import LinuxSystem

/// Files that plan which client gets which address. They do not show who is connected.
package enum OpenVPNAddressFiles {
  /// Reads `ifconfig-pool-persist`: lines `CN,IPv4` or `CN,IPv4,IPv6`, where either address may be empty
  /// (`ifconfig_pool_read` in OpenVPN's pool.c). With the topology net30, the default up to 2.6, the address is that of
  /// a network of four addresses.
  package static func pool(_ content: [UInt8], topology: String?) -> [OpenVPNStatus.Route] {
    var rows: [(name: String, v4: IPAddress?, v6: IPAddress?)] = []
    for line in lines(content) where line.first != UInt8(ascii: "#") && line.first != UInt8(ascii: ";") {
      let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
      guard fields.count >= 2, !fields[0].isEmpty else { continue }
      rows.append((fields[0], IPAddress(fields[1]), fields.count > 2 ? IPAddress(fields[2]) : nil))
    }
    let isAligned = rows.allSatisfy { ($0.v4?.integer ?? 0) % 4 == 0 }
    let length = isAligned && (topology == nil || topology == "net30") ? 30 : 32
    return rows.flatMap { row in
      [row.v4.flatMap { Prefix($0, length: $0.isV4 ? length : 128) }, row.v6.map { Prefix($0) }].compactMap { $0 }
        .map { route($0, row.name) }
    }
  }

  /// Reads a file of `client-config-dir`, which is named after the client: `ifconfig-push`, `iroute` and their IPv6
  /// variants.
  package static func client(_ content: [UInt8], name: String) -> [OpenVPNStatus.Route] {
    var routes: [OpenVPNStatus.Route] = []
    OpenVPNOptionText.options(in: content) { words, _ in
      guard words.count >= 2 else { return }
      let prefix: Prefix? =
        switch words[0] {
        case "ifconfig-push": IPAddress(words[1]).map { Prefix($0) }
        case "ifconfig-ipv6-push": IPAddress(words[1].prefix { $0 != "/" }).map { Prefix($0) }
        case "iroute": network(words[1], mask: words.count > 2 ? words[2] : nil)
        case "iroute-ipv6": Prefix(words[1])
        default: nil
        }
      if let prefix, routes.count < 10_000 { routes.append(route(prefix, name)) }
    }
    return routes
  }

  private static func network(_ address: String, mask: String?) -> Prefix? {
    guard let address = IPAddress(address) else { return nil }
    guard let mask else { return Prefix(address) }
    guard case .v4(let bits) = IPAddress(mask), bits == ~UInt32(0) << UInt32(32 - bits.nonzeroBitCount) else {
      return nil
    }
    return Prefix(address, length: bits.nonzeroBitCount)
  }

  private static func route(_ prefix: Prefix, _ name: String) -> OpenVPNStatus.Route {
    OpenVPNStatus.Route(destination: .prefix(prefix), isCached: false, commonName: name, peer: nil)
  }

  private static func lines(_ content: [UInt8]) -> [ArraySlice<UInt8>] {
    content.split(separator: UInt8(ascii: "\n")).map { $0.last == 13 ? $0.dropLast() : $0 }
  }
}

extension OpenVPNServer {
  private static let clientLimit = 20_000

  /// The addresses that `client-config-dir` and `ifconfig-pool-persist` plan (nil if they plan none), and the files
  /// that could not be read.
  func addressFiles() -> (clients: OpenVPNClients?, unread: [OpenVPNError]) {
    let root: RootFolder
    do throws(OpenVPNError) { root = try self.root() } catch { return (nil, [error]) }
    var unread: [OpenVPNError] = []
    func known<Value>(_ path: String, _ read: () throws(SystemError) -> Value) -> Value? {
      do throws(SystemError) { return try read() } catch {
        if !error.errno.isAbsence { unread.append(OpenVPNError(named: error, "read the client addresses in \(path)")) }
        return nil
      }
    }
    var status = OpenVPNStatus(version: 1)
    var names: [String] = []
    var commands: [String?] = []
    if let folder = configuration.clientFolder {
      // OpenVPN reads them at every connection, by then inside the jail.
      let paths = [configuration.jail.map { OpenVPNCommand.file(folder.path, in: $0) }, folder.path].compactMap { $0 }
      for path in paths {
        guard let files = known(path, { () throws(SystemError) in try root.names(in: path) }) else { continue }
        // DEFAULT is for clients without a file.
        for name in files.prefix(Self.clientLimit) where name != "DEFAULT" {
          let file = known("\(path)/\(name)") { () throws(SystemError) in
            try root.read("\(path)/\(name)", limit: 16 << 10).bytes
          }
          status.routes += file.map { OpenVPNAddressFiles.client($0, name: name) } ?? []
        }
        names.append(path)
        commands.append(OpenVPNCommand.showAll(path, in: tree))
        break
      }
    }
    if let pool = configuration.poolFile,
      let file = known(pool.path, { () throws(SystemError) in try root.read(pool.path, limit: 4 << 20).bytes })
    {
      let topology = configuration.options["topology"]?.arguments.first
      status.routes += OpenVPNAddressFiles.pool(file, topology: topology)
      names.append(pool.path)
      commands.append(OpenVPNCommand.show(pool.path, in: tree))
    }
    guard !status.routes.isEmpty else { return (nil, unread) }
    status.index = OpenVPNRouteIndex(of: status)
    var doubts = ["it shows who the address is assigned to, not who is connected"]
    if let first = unread.first { doubts.append("\(unread.count) of its files can't be read (\(first))") }
    let source = OpenVPNSource(
      kind: .addressFiles, name: names.joined(separator: " and "), age: nil, doubt: doubts.joined(separator: "; "),
      command: commands.contains(nil) ? nil : commands.compactMap(\.self).joined(separator: "; "))
    return (OpenVPNClients(status: status, source: source), unread)
  }
}
