public import Flows

/// A tun or tap device that no reader is for.
public enum UnknownTunnel {
  /// The answer for a device that `owner`'s program holds, which is none that Headwater knows, or that nobody holds open
  /// (`ip tuntap add … mode tun`) as far as can be seen.
  public static func answer(behind device: String, of owner: Owner) -> TunnelAnswer {
    let reason =
      owner.process.map { "headwater does not know the tunnel software \($0.name)" }
      ?? owner.reason ?? "no visible process holds the device open"
    return TunnelAnswer(
      tunnel: Tunnel(type: "tun", interface: device), owner: owner, certainty: .unknown,
      reason: "client unknown, because \(reason)")
  }
}
