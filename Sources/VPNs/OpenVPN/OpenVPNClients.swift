public import Flows

/// Where the data about clients comes from.
public struct OpenVPNSource: Hashable, Sendable {
  public enum Kind: Hashable, Sendable { case statusFile, management, addressFiles }
  public var kind: Kind
  /// The file as the process names it, or the address of the management interface.
  public var name: String
  /// Seconds since it was written; nil for the answer to a question.
  public var age: Double?
  /// Why it may be incomplete or outdated: `40 s old, and written every 10 s`; nil if there is no doubt.
  public var doubt: String?
  /// A command that shows the same to a person; nil if a name in it is not safe to paste.
  public var command: String?

  public init(kind: Kind, name: String, age: Double? = nil, doubt: String? = nil, command: String?) {
    self.kind = kind
    self.name = name
    self.age = age
    self.doubt = doubt
    self.command = command
  }
}

/// The client with a certain address in the VPN.
public struct OpenVPNClient: Hashable, Sendable {
  /// The certificate's common name; nil for a peer that has not authenticated yet, or if the source does not have it.
  public var commonName: String?
  /// The client's address outside the VPN.
  public var peer: OpenVPNPeer?
  /// The client's own address, or the network behind it that contains the address in question.
  public var prefix: Prefix
  /// Seconds since the epoch.
  public var connectedSince: Double?
  /// Bytes received since then, as the server counts them.
  public var bytesReceived: UInt64?
  public var bytesSent: UInt64?
  /// How many clients claim the address; if there is more than one, this is the first of them.
  public var candidates: Int
  /// Observed: the server reports it now. Inferred: the server reported it a while ago, several clients claim it, or it
  /// is only planned.
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
  /// What was tried and what would help: `no client has 10.8.0.9 in /run/openvpn/server.status`.
  public var reason: String
  /// A command that shows what was read; nil if there was nothing to read.
  public var command: String?

  public var description: String { reason }
}

/// What one source says about a server's clients.
public struct OpenVPNClients: Hashable, Sendable {
  public var status: OpenVPNStatus
  public var source: OpenVPNSource

  public init(status: OpenVPNStatus, source: OpenVPNSource) {
    self.status = status
    self.source = source
  }

  /// The client of `address`; nil if the source has none.
  public func client(for address: IPAddress) -> OpenVPNClient? {
    guard let match = status.client(for: address), let first = match.claimants.first else { return nil }
    let isSure = source.kind != .addressFiles && source.doubt == nil && match.claimants.count == 1
    return OpenVPNClient(
      commonName: first.commonName, peer: first.peer, prefix: match.prefix, connectedSince: first.connectedSince,
      bytesReceived: first.bytesReceived, bytesSent: first.bytesSent, candidates: match.claimants.count,
      certainty: isSure ? .observed : .inferred, source: source)
  }
}
