public import Flows

/// Where the knowledge about clients is from.
public struct OpenVPNSource: Hashable, Sendable {
  public enum Kind: Hashable, Sendable { case statusFile, management, addressFiles }
  public var kind: Kind
  /// The file as the process names it, or the management interface's address.
  public var name: String
  /// Seconds since it was written; nil for what was just asked.
  public var age: Double?
  /// What keeps it from being the whole truth now: `40 s old, and written every 10 s`; nil if nothing does.
  public var doubt: String?
  /// Shows the same to a person; nil where a name in it can't be pasted.
  public var command: String?

  public init(kind: Kind, name: String, age: Double? = nil, doubt: String? = nil, command: String?) {
    self.kind = kind
    self.name = name
    self.age = age
    self.doubt = doubt
    self.command = command
  }
}

/// The client that has an address in the VPN.
public struct OpenVPNClient: Hashable, Sendable {
  /// Nil for a peer that has not authenticated yet, or whose name the source does not tell.
  public var commonName: String?
  /// Where it is outside the VPN.
  public var peer: OpenVPNPeer?
  /// Its own address, or the network behind it that holds the one asked for.
  public var prefix: Prefix
  /// Seconds since the epoch.
  public var connectedSince: Double?
  /// As the server counts them, since then.
  public var bytesReceived: UInt64?
  public var bytesSent: UInt64?
  /// How many clients claim the address; this is the first of them if there are more than one.
  public var candidates: Int
  /// Observed: the server says so, now. Inferred: it said so a while ago, several claim it, or it is only a plan.
  public var certainty: Certainty
  public var source: OpenVPNSource

  public var evidence: Evidence {
    var detail = "\(source.name): \(prefix) is \(commonName ?? "a peer without a name")"
    if let peer { detail += " at \(peer)" }
    if candidates > 1 { detail += ", and \(candidates - 1) more claim it" }
    if let doubt = source.doubt { detail += " (\(doubt))" }
    return Evidence("openvpn", detail, command: source.command)
  }
}

/// Why a client is not known.
public struct OpenVPNUnknown: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was tried, and what to change: `no client has 10.8.0.9 in /run/openvpn/server.status`.
  public var reason: String
  /// Shows what was looked at; nil if there was nothing to look at.
  public var command: String?

  public var description: String { reason }
}

/// All that is known of a server's clients, from one source.
public struct OpenVPNClients: Hashable, Sendable {
  public var status: OpenVPNStatus
  public var source: OpenVPNSource

  public init(status: OpenVPNStatus, source: OpenVPNSource) {
    self.status = status
    self.source = source
  }

  /// The client of `address`, or nil if the source knows none.
  public func client(for address: IPAddress) -> OpenVPNClient? {
    guard let match = status.client(for: address), let first = match.claimants.first else { return nil }
    let isSure = source.kind != .addressFiles && source.doubt == nil && match.claimants.count == 1
    return OpenVPNClient(
      commonName: first.commonName, peer: first.peer, prefix: match.prefix, connectedSince: first.connectedSince,
      bytesReceived: first.bytesReceived, bytesSent: first.bytesSent, candidates: match.claimants.count,
      certainty: isSure ? .observed : .inferred, source: source)
  }
}
