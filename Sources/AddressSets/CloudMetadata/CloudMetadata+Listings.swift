internal import Flows

/// Clouds whose answers are lists of plain text.
extension CloudMetadata {
  private static let root = "/latest/meta-data"

  /// AWS (Instance Metadata Service, version 2): an address of an interface may have several public ones.
  static func amazon(_ link: inout CloudMetadataLink) throws(CloudMetadataError) -> [CloudAddresses.Pair] {
    let token = "/latest/api/token"
    let lifetime = "X-aws-ec2-metadata-token-ttl-seconds"
    link.headers = ["X-aws-ec2-metadata-token: " + (try link.token(token, lifetime: lifetime))]
    let header =
      "\"X-aws-ec2-metadata-token: $(curl -s -X PUT -H '\(lifetime): 60' http://\(link.provider.hostHeader)\(token))\""
    var pairs: [CloudAddresses.Pair] = []
    let interfaces = "\(root)/network/interfaces/macs/"
    for name in MetadataListing.hardwareAddresses(in: try link.get(interfaces) ?? []).prefix(limit) {
      let associations = "\(interfaces)\(name)/ipv4-associations/"
      for outer in MetadataListing.addresses(in: try link.get(associations) ?? []) where pairs.count < limit {
        let path = "\(associations)\(outer)"
        guard let own = MetadataListing.addresses(in: try link.get(path) ?? []).first else { continue }
        pairs.append(.init(outer: outer, own: own, command: command(link.provider, path, header: header)))
      }
    }
    if !pairs.isEmpty { return pairs }
    return try single(&link, outer: ["public-ipv4"], own: "local-ipv4", header: header)
  }

  /// Tencent: one public address for each own address of an interface.
  static func tencent(_ link: inout CloudMetadataLink) throws(CloudMetadataError) -> [CloudAddresses.Pair] {
    var pairs: [CloudAddresses.Pair] = []
    let interfaces = "\(root)/network/interfaces/macs/"
    for name in MetadataListing.hardwareAddresses(in: try link.get(interfaces) ?? []).prefix(limit) {
      let list = "\(interfaces)\(name)/local-ipv4s/"
      for own in MetadataListing.addresses(in: try link.get(list) ?? []) where pairs.count < limit {
        let path = "\(list)\(own)/public-ipv4"
        guard let outer = MetadataListing.addresses(in: try link.get(path) ?? []).first else { continue }
        pairs.append(.init(outer: outer, own: own, command: command(link.provider, path)))
      }
    }
    if !pairs.isEmpty { return pairs }
    return try single(&link, outer: ["public-ipv4"], own: "local-ipv4")
  }

  /// Alibaba Cloud: an elastic address, or one that came with the machine. It requests a token if the service demands
  /// one.
  static func aliyun(_ link: inout CloudMetadataLink) throws(CloudMetadataError) -> [CloudAddresses.Pair] {
    let outer = ["eipv4", "public-ipv4"]
    do {
      return try single(&link, outer: outer, own: "private-ipv4")
    } catch {
      guard error.code == .refused(status: 403) || error.code == .refused(status: 401) else { throw error }
    }
    let token = "/latest/api/token"
    let lifetime = "X-aliyun-ecs-metadata-token-ttl-seconds"
    link.headers = ["X-aliyun-ecs-metadata-token: " + (try link.token(token, lifetime: lifetime))]
    let header =
      "\"X-aliyun-ecs-metadata-token: $(curl -s -X PUT -H '\(lifetime): 60' http://\(link.provider.hostHeader)\(token))\""
    return try single(&link, outer: outer, own: "private-ipv4", header: header)
  }

  /// The first existing public address of `outer`, for the machine's first own address.
  private static func single(
    _ link: inout CloudMetadataLink, outer: [String], own: String, header: String? = nil
  ) throws(CloudMetadataError) -> [CloudAddresses.Pair] {
    for name in outer {
      let path = "\(root)/\(name)"
      guard let outer = MetadataListing.addresses(in: try link.get(path) ?? []).first else { continue }
      guard let own = MetadataListing.addresses(in: try link.get("\(root)/\(own)") ?? []).first else { return [] }
      return [.init(outer: outer, own: own, command: command(link.provider, path, header: header))]
    }
    return []
  }
}
