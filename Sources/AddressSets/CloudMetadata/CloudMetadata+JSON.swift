internal import Flows

/// Clouds whose answers are JSON.
extension CloudMetadata {
  /// Google: one answer has all interfaces.
  static func google(_ link: inout CloudMetadataLink) throws(CloudMetadataError) -> [CloudAddresses.Pair] {
    let path = "/computeMetadata/v1/instance/network-interfaces/?recursive=true"
    link.headers = ["Metadata-Flavor: Google"]
    let pairs = MetadataJSON.googleInterfaces(try link.get(path) ?? [])
    return try named(pairs, link.provider, path, "'Metadata-Flavor: Google'")
  }

  /// Azure: the addresses of interfaces, and those of a load balancer for the machine (the newer kind appears only
  /// there).
  static func azure(_ link: inout CloudMetadataLink) throws(CloudMetadataError) -> [CloudAddresses.Pair] {
    link.headers = ["Metadata: true"]
    let header = "'Metadata: true'"
    let interfaces = "/metadata/instance/network?api-version=2021-02-01"
    let balancer = "/metadata/loadbalancer?api-version=2020-10-01"
    var pairs = try named(
      MetadataJSON.azureInterfaces(try link.get(interfaces) ?? []), link.provider, interfaces, header)
    do throws(CloudMetadataError) {
      if let body = try link.get(balancer) {
        pairs += try named(MetadataJSON.azureBalancer(body), link.provider, balancer, header)
      }
    } catch {
      // Without a balancer the service refuses in several ways. No answer at all is an error.
      guard case .own = error.code else { throw error }
    }
    return pairs
  }

  private static func named(
    _ pairs: [CloudAddresses.Pair]?, _ provider: CloudProvider, _ path: String, _ header: String
  ) throws(CloudMetadataError) -> [CloudAddresses.Pair] {
    guard let pairs else {
      throw CloudMetadataError(.malformed, "query \(provider.rawValue) for \(path)", cause: "not a list of interfaces")
    }
    let command = command(provider, path, header: header)
    return pairs.map { .init(outer: $0.outer, own: $0.own, command: command) }
  }
}
