/// Asks a running HAProxy over its stats socket, or over its master's command line (management manual 9).
///
/// It only asks and changes nothing.
public struct HAProxyRuntime: Sendable {
  public let process: HAProxyProcess
  /// The time for everything that one call asks.
  public let timeout: Duration
  /// The longest answer in bytes; `show sess all` has about 1,500 bytes per stream.
  public static let answerLimit = 128 << 20

  public init(_ process: HAProxyProcess, timeout: Duration = .seconds(2)) {
    self.process = process
    self.timeout = timeout
  }

  /// What the process reports about itself. Shell counterpart: `echo show info | socat - /run/haproxy.sock`.
  public func info() throws(HAProxyError) -> HAProxyInfo {
    let answer = try link().ask("show info")
    guard let info = HAProxyInfo(parsing: answer) else { throw malformed("show info") }
    return info
  }

  /// The sessions that it relays now, without those of its own command line. Needs `level operator`. Shell counterpart:
  /// `echo show sess all | socat - /run/haproxy.sock`.
  public func sessions() throws(HAProxyError) -> [HAProxySession] {
    try sessions(link())
  }

  /// Its connections and listeners, including idle ones. Needs `level operator`. Shell counterpart: `show fd`.
  public func descriptors() throws(HAProxyError) -> [HAProxyDescriptor] {
    try descriptors(link())
  }

  /// Counters by frontend, backend and server. Shell counterpart: `show stat`.
  public func statistics() throws(HAProxyError) -> [HAProxyStatistic] {
    let answer = try link().ask("show stat")
    guard answer.starts(with: Array("# pxname".utf8)) else { throw malformed("show stat") }
    return HAProxyStatistic.list(parsing: answer)
  }

  /// Sessions and descriptors, under one deadline.
  public func snapshot() throws(HAProxyError) -> HAProxySnapshot {
    let link = link()
    let descriptors = try descriptors(link)
    return HAProxySnapshot(sessions: try sessions(link), descriptors: descriptors)
  }

  /// The workers of the process's master, with their own pids; empty if the master has no command line.
  public func workers() throws(HAProxyError) -> [HAProxyWorker] {
    guard let answer = try link().askMaster("show proc") else { return [] }
    return HAProxyWorker.list(parsing: answer)
  }

  private func sessions(_ link: HAProxyLink) throws(HAProxyError) -> [HAProxySession] {
    let answer = try link.ask("show sess all")
    let sessions = HAProxySession.list(parsing: answer)
    if sessions.isEmpty, answer.contains(where: { $0 > 32 }) { throw malformed("show sess all") }
    return sessions.filter { !$0.isCommandLine }
  }

  private func descriptors(_ link: HAProxyLink) throws(HAProxyError) -> [HAProxyDescriptor] {
    let answer = try link.ask("show fd")
    let all = HAProxyDescriptor.list(parsing: answer)
    if all.isEmpty { throw malformed("show fd") }
    return all.map { $0.ordered(by: process.configuration) }
  }

  private func malformed(_ command: String) -> HAProxyError {
    HAProxyError(.malformed, "query haproxy \(process.pid): \(command)", cause: "the answer has an unknown format")
  }

  private func link() -> HAProxyLink { HAProxyLink(process, timeout: timeout) }
}

/// The sessions and connections of a HAProxy at one moment.
public struct HAProxySnapshot: Hashable, Sendable {
  public var sessions: [HAProxySession]
  public var descriptors: [HAProxyDescriptor]

  /// Clients' connections without a stream: idle keep-alive connections, or connections whose request has not arrived
  /// yet.
  public var idleClients: [HAProxyDescriptor] { idle(.client, Set(sessions.compactMap(\.clientDescriptor))) }
  /// Idle connections to servers that wait to be reused.
  public var idleServers: [HAProxyDescriptor] { idle(.server, Set(sessions.compactMap(\.serverDescriptor))) }

  private func idle(_ side: HAProxyDescriptor.Side, _ busy: Set<Int32>) -> [HAProxyDescriptor] {
    descriptors.filter { $0.side == side && $0.frontend != "GLOBAL" && !busy.contains($0.number) }
  }
}
