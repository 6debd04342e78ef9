public import Flows
internal import JSON

/// Reads public addresses from the JSON of metadata services. Every function returns nil for a body of another form;
/// parts of another form are skipped.
public enum MetadataJSON {
  /// Google: `[{"ip": "10.128.0.2", "accessConfigs": [{"externalIp": "203.0.113.10", "type": "ONE_TO_ONE_NAT"}]}]`
  public static func googleInterfaces(_ body: [UInt8]) -> [CloudAddresses.Pair]? {
    guard case .list(let interfaces)? = parse(body) else { return nil }
    return interfaces.flatMap { interface -> [CloudAddresses.Pair] in
      guard let own = address(interface["ip"]) else { return [] }
      return elements(interface["accessConfigs"]).compactMap { address($0["externalIp"]) }.map {
        .init(outer: $0, own: own)
      }
    }
  }

  /// Azure: `{"interface": [{"ipv4": {"ipAddress": [{"privateIpAddress": "10.0.0.4", "publicIpAddress": "203.0.113.10"}]}}]}`;
  /// an address without a public one has an empty text there.
  public static func azureInterfaces(_ body: [UInt8]) -> [CloudAddresses.Pair]? {
    guard let value = parse(body), case .list(let interfaces)? = value["interface"] else { return nil }
    return interfaces.flatMap { elements($0["ipv4"]?["ipAddress"]) }.compactMap { entry in
      pair(entry["publicIpAddress"], entry["privateIpAddress"])
    }
  }

  /// Azure: `{"loadbalancer": {"publicIpAddresses": [{"frontendIpAddress": "203.0.113.10", "privateIpAddress": "10.0.0.4"}]}}`
  public static func azureBalancer(_ body: [UInt8]) -> [CloudAddresses.Pair]? {
    guard let balancer = parse(body)?["loadbalancer"] else { return nil }
    return elements(balancer["publicIpAddresses"]).compactMap { pair($0["frontendIpAddress"], $0["privateIpAddress"]) }
  }

  private static func parse(_ body: [UInt8]) -> JSONValue? {
    // The caller reports a text that is no JSON.
    try? JSONValue(parsing: body, depth: 16, count: 20_000)
  }

  private static func elements(_ value: JSONValue?) -> [JSONValue] {
    guard case .list(let elements)? = value else { return [] }
    return elements
  }

  private static func address(_ value: JSONValue?) -> IPAddress? {
    guard case .text(let text)? = value else { return nil }
    return IPAddress(text)
  }

  private static func pair(_ outer: JSONValue?, _ own: JSONValue?) -> CloudAddresses.Pair? {
    guard let outer = address(outer), let own = address(own) else { return nil }
    return .init(outer: outer, own: own)
  }
}
