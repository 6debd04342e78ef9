public import Flows
public import Programs

/// A cloud's metadata service. It is asked for the public addresses that the cloud maps to this machine; nothing is
/// changed there.
public struct CloudMetadata: Sendable {
  public let provider: CloudProvider
  /// The time for all requests together.
  public let timeout: Duration
  private let server: HTTPServer
  /// How many addresses are kept.
  static let limit = 64

  /// The service at its own address.
  public init(_ provider: CloudProvider, timeout: Duration = .milliseconds(400)) {
    self.init(provider, at: .tcp(provider.endpoint), timeout: timeout)
  }

  init(_ provider: CloudProvider, at server: HTTPServer, timeout: Duration) {
    self.provider = provider
    self.server = server
    self.timeout = timeout
  }

  /// The public addresses, each with the machine's own address that it stands for. Public addresses that the machine
  /// itself has are not included. Blocks for `timeout` at most.
  public func addresses() throws(CloudMetadataError) -> CloudAddresses {
    var link = CloudMetadataLink(provider, at: server, timeout: timeout)
    let pairs =
      switch provider {
      case .aws: try Self.amazon(&link)
      case .gcp: try Self.google(&link)
      case .azure: try Self.azure(&link)
      case .tencent: try Self.tencent(&link)
      case .aliyun: try Self.aliyun(&link)
      }
    return CloudAddresses(provider: provider.rawValue, pairs: Self.plausible(pairs))
  }

  /// The plausible pairs, each public address once.
  static func plausible(_ pairs: [CloudAddresses.Pair]) -> [CloudAddresses.Pair] {
    var seen: Set<IPAddress> = []
    let kept = pairs.filter { pair in
      let ends = [pair.outer, pair.own]
      return pair.outer != pair.own && pair.outer.isV4 == pair.own.isV4
        && !ends.contains { $0.isLoopback || $0.isLinkLocal || $0.isUnspecified || $0.isMulticastOrBroadcast }
        && seen.insert(pair.outer).inserted
    }
    return Array(kept.prefix(limit))
  }

  /// The shell counterpart of a request.
  static func command(_ provider: CloudProvider, _ path: String, header: String? = nil) -> String {
    let option = header.map { "-H \($0) " } ?? ""
    return "curl -s \(option)'http://\(provider.hostHeader)\(path)'"
  }
}
