public import Flows
internal import LinuxSystem

extension OpenVPNServer {
  /// The client that has `address` in the VPN, or whose network contains it. Throws the reason if it is not known.
  ///
  /// A status file may be one interval old. If it has no such client, the management interface is asked as well.
  public func client(for address: IPAddress) throws(OpenVPNUnknown) -> OpenVPNClient {
    let known = try clients()
    if let client = known.client(for: address) { return client }
    var reasons: [String] = []
    // If the file was in doubt, it was already asked.
    if known.source.kind == .statusFile, known.source.doubt == nil {
      var now: OpenVPNClients?
      do throws(OpenVPNError) { now = try askManagement() } catch { reasons.append("\(error)") }
      if let client = now?.client(for: address) { return client }
      if let source = now?.source {
        throw OpenVPNUnknown(
          reason: "OpenVPN (pid \(pid)) has no client for \(address), says \(source.name)", command: source.command)
      }
    }
    if known.source.kind == .statusFile {
      let planned = addressFiles()
      if let client = planned.clients?.client(for: address) { return client }
      reasons += planned.unread.map { "\($0)" }
    }
    let doubt = known.source.doubt.map { ", which is \($0)" } ?? ""
    let missing = reasons.isEmpty ? "" : "; not queried: \(reasons.joined(separator: "; "))"
    throw OpenVPNUnknown(
      reason: "OpenVPN (pid \(pid)) has no client for \(address) in \(known.source.name)\(doubt)\(missing)",
      command: known.source.command)
  }

  /// What is known about its clients. Throws the reason if nothing is.
  public func clients() throws(OpenVPNUnknown) -> OpenVPNClients {
    var reasons: [String] = []
    if configuration.role == .client {
      let server = configuration.remotes.first?.arguments.first.map { " of \($0)" } ?? ""
      throw OpenVPNUnknown(reason: "process \(pid) is itself a client\(server): it assigns no addresses to others")
    }
    var stale: OpenVPNClients?
    do throws(OpenVPNError) {
      stale = try readStatusFile()
      if let stale, stale.source.doubt == nil { return stale }
    } catch { reasons.append("\(error)") }
    do throws(OpenVPNError) {
      if let asked = try askManagement() { return asked }
    } catch {
      reasons.append("\(error)")
      stale?.source.doubt?.append("; \(error)")
    }
    if let stale { return stale }
    let planned = addressFiles()
    if let clients = planned.clients { return clients }
    reasons += planned.unread.map { "\($0)" }
    reasons += configuration.problems.map(\.description)
    let repair =
      if configuration.statusFile == nil {
        "add `status /run/openvpn/status.log 10` to \(configuration.files.first ?? "its configuration") and restart it"
      } else {
        "make its status file readable, or add `management 127.0.0.1 7505`"
      }
    if configuration.statusFile == nil, configuration.options["management"] == nil, configuration.problems.isEmpty {
      reasons.append("it writes no status file and has no management interface")
    }
    throw OpenVPNUnknown(
      reason: "the clients of OpenVPN (pid \(pid)) are unknown: \(reasons.joined(separator: "; ")); \(repair)")
  }

  /// What the management interface reports; nil if there is none.
  func askManagement() throws(OpenVPNError) -> OpenVPNClients? {
    guard let management = try OpenVPNManagement(configuration) else { return nil }
    let root = try root()
    let answer = try management.status(in: root, networkNamespace: networkNamespace)
    return OpenVPNClients(
      status: try OpenVPNStatus(parsing: answer),
      source: OpenVPNSource(
        kind: .management, name: "management interface \(management.address)", age: nil, doubt: nil,
        command: OpenVPNCommand.ask(management, in: tree, networkNamespace: networkNamespace)))
  }
}
